#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""test_mutate.py - tests of mutate.py and cparse.py

Usage: python3 -m unittest discover -s scripts/test

What is expected follows from what mutate.py says that it does.
"""

import contextlib
import io
import subprocess
import tempfile
import unittest
from pathlib import Path

import cparse
import mutate

LOCKED = """\
static DEFINE_SPINLOCK(big);

static int f(struct a *a)
{
	int ret = 0;

	spin_lock(&a->lock);
	if (a->n && !a->dead)
		ret = a->n;
	spin_unlock(&a->lock);
	return ret;
}
"""


def function(body: str) -> str:
    """A function of these lines, without tabs: the first is line 3"""
    return "int f(int a)\n{\n" + body + "\n}\n"


def texts(operator, source: str) -> list[str]:
    """What an operator makes of a source, on one line each"""
    return [mutate.one_line(mutate.mutate(source, m.edits))
            for m in operator(mutate.Source(source))]


def bodies(operator, body: str) -> list[str]:
    """The same of the body of a function, without what is around it"""
    return [text[len("int f(int a) { "):-len(" }")]
            for text in texts(operator, function(body))]


class Parse(unittest.TestCase):
    def kinds(self, body: str) -> list[str]:
        tokens = cparse.tokenise(function(body))
        return [stmt.kind for stmt in cparse.functions(tokens)[0].walk()][1:]

    def test_comments_strings_and_macros_are_no_code(self):
        tokens = cparse.tokenise('#define A \\\n b\n/* c */ "d; e" // f\ng')
        self.assertEqual([t.text for t in tokens], ['"d; e"', "g"])

    def test_functions_are_found_and_tables_are_not(self):
        source = "struct s { int a; };\nint t[] = { 1 };\nint f(void)\n{\n\tg();\n}\n"
        self.assertEqual(len(cparse.functions(cparse.tokenise(source))), 1)

    def test_declarations_are_no_expressions(self):
        for line in ("int a;", "struct s *s = t;", "unsigned long __percpu *p = q(r);",
                     "ktime_t until = x;", "struct s s, *t;", "cpumask_t mask;", "type *p;"):
            self.assertEqual(self.kinds(line), ["declaration"], line)
        for line in ("a = 1;", "f(a);", "*a = b;", "a->b++;", "a[1] = 2;", "f(a)->b = 1;"):
            self.assertEqual(self.kinds(line), ["expression"], line)

    def test_statements_in_statements(self):
        self.assertEqual(self.kinds("if (a) { b(); } else if (c) d(); else return e;"),
                         ["if", "block", "expression", "if", "expression", "return"])
        self.assertEqual(self.kinds("do { a(); } while (b); c();"),
                         ["do", "block", "expression", "expression"])
        self.assertEqual(self.kinds("for_each_cpu(a) b(); out: c();"),
                         ["loop", "expression", "label", "expression"])
        self.assertEqual(self.kinds("switch (a) { case 1: b(); break; default: c(); }"),
                         ["switch", "block", "label", "expression", "break", "label",
                          "expression"])

    def test_what_is_never_closed_is_an_error(self):
        with self.assertRaises(cparse.Error):
            cparse.functions(cparse.tokenise("int f(void) { (;"))


class Operators(unittest.TestCase):
    def test_statements_are_deleted_but_the_last_return(self):
        self.assertEqual(bodies(mutate.delete, "a = 1; if (a) return 2; return 3;"),
                         ["; if (a) return 2; return 3;", "a = 1; if (a) ; return 3;"])

    def test_what_is_printed_is_left_alone(self):
        for operator in mutate.OPERATORS:
            self.assertEqual(bodies(operator, 'pr_debug("x %d\\n", READ_ONCE(a) + 1);'), [])

    def test_barriers_are_order_and_not_deletions(self):
        found = list(mutate.delete(mutate.Source(function("smp_mb(); a++;"))))
        self.assertEqual([m.operator for m in found], ["order", "delete"])

    def test_conditions_are_negated_once(self):
        self.assertEqual(bodies(mutate.negate, "if (!a) b();"), ["if (!(!a)) b();"])
        self.assertEqual(bodies(mutate.negate, "if (a == 1) b();"), ["if (!(a == 1)) b();"])
        self.assertEqual(bodies(mutate.negate, "if (a || !b) c();"),
                         ["if (!(a || !b)) c();", "if (a || b) c();"])
        self.assertEqual(bodies(mutate.negate, "do a(); while (b);"),
                         ["do a(); while (!(b));"])
        self.assertEqual(bodies(mutate.negate, "return a == b;"), ["return a != b;"])
        self.assertEqual(bodies(mutate.negate, "return a ? b : c;"), ["return !(a) ? b : c;"])
        self.assertEqual(bodies(mutate.negate, "a = true;"), ["a = false;"])

    def test_conditions_are_dropped_whole_and_in_parts(self):
        self.assertEqual(bodies(mutate.drop, "if (a) b();"), ["if (1) b();", "if (0) b();"])
        self.assertEqual(bodies(mutate.drop, "while (a) b();"), ["while (0) b();"])
        self.assertEqual(bodies(mutate.drop, "for (;a;) b();"), ["for (;0;) b();"])
        self.assertEqual(bodies(mutate.drop, "return a && f(b, c) == d;"),
                         ["return a ;", "return f(b, c) == d;"])
        self.assertEqual(bodies(mutate.drop, "return a || b && c;"),
                         ["return a ;", "return b && c;", "return a || b ;", "return a || c;"])

    def test_each_operand_of_a_chain_goes_once(self):
        self.assertEqual(bodies(mutate.drop, "return x(a || b || c);"),
                         ["return x(a || c);", "return x( b || c);", "return x(a || b );"])

    def test_off_by_one_both_ways(self):
        self.assertEqual(bodies(mutate.off_by_one, "a = 2;"), ["a = 3;", "a = 1;"])
        self.assertEqual(bodies(mutate.off_by_one, "a = 0U;"), ["a = 1U;"])
        self.assertEqual(bodies(mutate.off_by_one, "return a < b;"), ["return a <= b;"])
        self.assertEqual(bodies(mutate.off_by_one, "return a->b >> c;"), [])

    def test_neighbours_change_places(self):
        self.assertEqual(bodies(mutate.swap, "int b; a = 1; c(); return a;"),
                         ["int b; c(); a = 1; return a;"])
        self.assertEqual(bodies(mutate.swap, "if (a) b(); c();"), [])

    def test_what_orders_an_access_goes(self):
        self.assertEqual(bodies(mutate.weaken, "smp_store_release(&a->b, c(d, e));"),
                         ["WRITE_ONCE(*(&a->b), (c(d, e)));"])
        self.assertEqual(bodies(mutate.weaken, "kvfree_rcu(a, rcu);"), ["kvfree(a);"])
        self.assertEqual(bodies(mutate.weaken, "READ_ONCE_NOT(a);"), [])

    def test_locks_go_in_pairs_or_are_others(self):
        found = texts(mutate.locks, LOCKED)
        self.assertEqual(len(found), 2)
        self.assertNotIn("spin_", found[0])
        self.assertIn("spin_lock(&big); if (a->n && !a->dead) ret = a->n; spin_unlock(&big);",
                      found[1])

    def test_a_lock_that_is_asked_for_was_taken(self):
        self.assertIn("if (0) return 1; ; return 0;", bodies(
            mutate.locks, "if (mmap_write_lock_killable(a)) return 1; mmap_write_unlock(a); "
            "return 0;"))

    def test_a_lock_without_its_interrupts(self):
        self.assertIn("spin_lock(&a); spin_unlock(&a);", bodies(
            mutate.locks, "spin_lock_irqsave(&a, b); spin_unlock_irqrestore(&a, b);"))


class Mutants(unittest.TestCase):
    def test_lines_stay_as_many(self):
        source = function("if (a &&\n    b)\n\tc(d,\n\t  e);\n/* x */\nf();")
        found = mutate.mutants_of(source, set(range(1, 20)))
        self.assertGreater(len(found), 5)
        for mutant in found:
            self.assertEqual(mutate.mutate(source, mutant.edits).count("\n"),
                             source.count("\n"), mutant.what)

    def test_only_lines_that_were_added(self):
        source = function("a = 1;\na = 2;\nb(a,\n  c);")
        where = {mutate.line_of(source, m.edits[0][0]) for m in mutate.mutants_of(source, {4, 5})}
        self.assertEqual(where, {4})

    def test_the_same_text_is_one_mutant(self):
        source = function("while (mmap_write_lock_killable(a)) b();")
        found = [mutate.one_line(mutate.mutate(source, m.edits))
                 for m in mutate.mutants_of(source, {3})]
        self.assertEqual(found.count("int f(int a) { while (0) b(); }"), 1)

    def test_the_second_time_in_a_function_has_a_number(self):
        source = function("a();\nb();\na();") + function("a();").replace("int f", "int g")
        self.assertEqual([(m.function, m.what) for m in mutate.mutants_of(source, {3, 5, 9})],
                         [("f", "a(); -> ;"), ("f", "a(); -> ; [2]"), ("g", "a(); -> ;")])

    def test_functions_and_system_calls_have_names(self):
        source = ("static int f(int (*g)(int))\n{\n\ta();\n}\n"
                  "SYSCALL_DEFINE2(io_x, int, a, struct b *, b)\n{\n\tc();\n}\n")
        self.assertEqual([m.function for m in mutate.mutants_of(source, set(range(9)))],
                         ["f", "io_x"])

    def test_a_draw_of_more_begins_like_one_of_fewer(self):
        self.assertEqual(mutate.draw(range(100), 40, 7), mutate.draw(range(100), 90, 7)[:40])
        self.assertNotEqual(mutate.draw(range(100), 40, 7), mutate.draw(range(100), 40, 8))
        self.assertEqual(sorted(mutate.draw(range(100), 999, 7)), list(range(100)))


class Tree(unittest.TestCase):
    """A tree with a base and a commit on it"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name) / "tree"
        self.git("init", "-q", "-b", "base", str(self.tree), at=".")
        self.commit({"f.c": function("a = 1;"), "h.h": "int x;\n"})
        self.git("checkout", "-q", "-b", "series")
        self.commit({"f.c": function("a = 1;  /* why */\nb();"), "lib/tests/t.c": function("c();"),
                     "tools/u.c": function("c();"), "n.txt": "c();\n"})

    def git(self, *args, at=None):
        subprocess.run(["git", "-C", str(at or self.tree), "-c", "user.name=a", "-c",
                        "user.email=a@b", *args], check=True)

    def commit(self, files: dict):
        for name, text in files.items():
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "x")

    def test_only_code_that_is_no_test_and_no_comment(self):
        self.assertEqual(mutate.added_lines(self.tree), {"f.c": {4}})

    def test_a_diff_applies_and_the_index_names_it(self):
        out = self.tree / "out"
        mutate.write(self.tree, out, 10, 1)
        self.assertEqual((out / "index").read_text(), "001\tf.c:4\tf\tdelete\tb(); -> ;\n")
        self.git("apply", "out/001.diff")
        self.assertEqual((self.tree / "f.c").read_text(), function("a = 1;  /* why */\n;"))


class Take(unittest.TestCase):
    """Diffs that somebody else made"""

    DIFF = "--- a/lib/f.c\n+++ b/lib/f.c\n@@ -7,1 +7,1 @@ int f(int a)\n-\ta = 1;\n+\ta = 2;\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.diffs, self.out = Path(folder.name), Path(folder.name) / "out"

    def test_the_index_has_the_place_and_the_name(self):
        (self.diffs / "b-two.diff").write_text(self.DIFF)
        (self.diffs / "a-one.diff").write_text(self.DIFF)
        mutate.take(self.diffs, self.out)
        self.assertEqual((self.out / "index").read_text(),
                         "001\tlib/f.c:7\ta-one\tdiff\ta-one\n002\tlib/f.c:7\tb-two\tdiff\tb-two\n")
        self.assertEqual((self.out / "002.diff").read_text(), self.DIFF)

    def test_of_two_files_or_none_is_refused(self):
        for text in self.DIFF + self.DIFF.replace("f.c", "g.c"), "no diff\n":
            (self.diffs / "a.diff").write_text(text)
            with self.assertRaises(cparse.Error):
                mutate.take(self.diffs, self.out)

    def test_of_an_empty_folder_is_refused(self):
        with self.assertRaises(cparse.Error):
            mutate.take(self.diffs, self.out)


class Sum(unittest.TestCase):
    LINES = ["# tip x seed 1",
             "002 f.c:4   delete  SURVIVED: UML, 3 passed, 0 failed",
             "001 f.c:4   one     killed by a_test a.b",
             "002 f.c:4   delete  killed by c_test c.d (QEMU, 6.12, O)",
             "003 f.c:5   drop    equivalent",
             "009 f.c:5   one     equivalent: it is odd",
             "004 f.c:6   lock    timed out in c.d",
             "005 f.c:7   swap    SURVIVED: UML, 3 passed, 0 failed",
             "006 f.c:7   swap    same as 001, for UML",
             "007 f.c:7   swap    does not build: error: x",
             "008 f.c:8   order   survived, as it may: x86 shows no weaker order"]

    def test_the_last_verdict_of_a_mutant_counts(self):
        self.assertEqual(mutate.counts(self.LINES),
                         "3 killed, 1 do the same, 1 compile to the same, 1 same as another, "
                         "1 do not build, 0 not compiled, 1 may survive, 1 survived: "
                         "60.0 % of 5 killed")

    def test_what_was_not_run_is_no_kill(self):
        self.assertEqual(mutate.counts(["001 f.c:1  one  NOT RUN: see x"]),
                         "0 killed, 0 do the same, 0 compile to the same, 0 same as another, "
                         "0 do not build, 0 not compiled, 0 may survive, 0 survived, "
                         "1 not judged: none counts")

    def test_tidy_keeps_the_tip_and_sorts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mutate.txt"
            path.write_text("\n".join(self.LINES) + "\n")
            with contextlib.redirect_stdout(io.StringIO()):
                mutate.sum_up(path, True)
            lines = path.read_text().splitlines()
        self.assertEqual([line[:3] for line in lines[1:-1]],
                         ["001", "002", "003", "004", "005", "006", "007", "008", "009"])
        self.assertEqual(lines[0], self.LINES[0])
        self.assertIn("killed by c_test", lines[2])
        self.assertIn("60.0 % of 5", lines[-1])


if __name__ == "__main__":
    unittest.main()
