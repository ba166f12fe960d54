#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""mutate.py - small changes to the lines that a series adds, drawn by a seed

Usage: mutate.py list TREE
       mutate.py write TREE FOLDER NUMBER SEED
       mutate.py take DIFFS FOLDER
       mutate.py sum VERDICTS [--tidy]

list prints all there are: FILE:LINE, FUNCTION, OPERATOR, WHAT (the second time in a
function with [2]).  write draws NUMBER of them and writes each as FOLDER/NNN.diff,
and FOLDER/index: NNN and those, with tabs between.  The first 40 of 200 are those
of 40.  take does so with the changes that are in DIFFS already, as *.diff, each of one
file.  sum says how many of the verdicts of mutate.sh there are of each kind (the
last one of a mutant counts); --tidy also writes them back, sorted.

What is changed is C that 'git diff base..HEAD' of TREE adds, tests aside:

  delete    a statement, but the return at the end
  negate    a condition, a comparison for equality, a bool; or a '!' goes
  drop      a condition: always, never, or without one of its operands
  one       off by one: < and <=, a number and its neighbours
  swap      two neighbouring statements
  order     a barrier, a grace period, or what orders or marks an access, goes
  lock      a lock goes, with its unlocks, or another one is taken for it

A changed file has as many lines as before, so that what has line numbers in it
compiles to the same.  What pr_debug() prints, and likely(), are left alone.

Why a program of our own: Debian has no tool that mutates C.  mull wants bitcode of a
user program; universalmutator, on PyPI, knows lines, not statements or locks.

Exit status: 0, 1 TREE or the command line is no good
"""

import difflib
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cparse import CLOSES, Error, Stmt, Token, closing, functions, tokenise

# Calls that are nothing but order; and accesses with what they are without it
BARRIERS = {"smp_mb", "smp_rmb", "smp_wmb", "smp_mb__after_atomic", "smp_mb__before_atomic",
            "barrier", "synchronize_rcu", "flush_dcache_folio"}
WEAKER = {
    "READ_ONCE": "({0})",
    "WRITE_ONCE": "({0} = ({1}))",
    "smp_load_acquire": "READ_ONCE(*({0}))",
    "smp_store_release": "WRITE_ONCE(*({0}), ({1}))",
    "atomic_read_acquire": "atomic_read({0})",
    "atomic_xchg": "atomic_xchg_relaxed({0}, {1})",
    "atomic_dec_and_test": "(atomic_dec_return_relaxed({0}) == 0)",
    "this_cpu_inc": "__this_cpu_inc({0})",
    "rcu_assign_pointer": "RCU_INIT_POINTER({0}, {1})",
    "rcu_dereference_sched": "rcu_dereference_raw({0})",
    "rcu_dereference_protected": "rcu_dereference_raw({0})",
    "ioctx_dereference": "rcu_dereference_raw({1})",
    "kvfree_rcu": "kvfree({0})",
    "queue_rcu_work": "queue_work({0}, &({1})->work)",
    "WARN_ON_ONCE": "({0})",
}
# Each with what undoes it, and with another that is not enough, or is too much
LOCKS = {
    "spin_lock": ("spin_unlock", None),
    "spin_lock_irq": ("spin_unlock_irq", ("spin_lock", "spin_unlock", 1)),
    "spin_lock_irqsave": ("spin_unlock_irqrestore", ("spin_lock", "spin_unlock", 1)),
    "rcu_read_lock": ("rcu_read_unlock", ("rcu_read_lock_sched", "rcu_read_unlock_sched", 0)),
    "rcu_read_lock_sched": ("rcu_read_unlock_sched", ("rcu_read_lock", "rcu_read_unlock", 0)),
    "mmap_write_lock_killable": ("mmap_write_unlock",
                                 ("mmap_read_lock_killable", "mmap_read_unlock", 1)),
}
COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
INVERSE = {"==": "!=", "!=": "==", "true": "false", "false": "true"}
PRINTS = re.compile(r"pr_\w+|printk\w*")


@dataclass
class Mutant:
    """Edits of a file, (start, end, text) each, and what they are about"""
    operator: str
    edits: list
    what: str = ""
    function: str = ""


class Source:
    """A file of C, its tokens and functions"""

    def __init__(self, text: str):
        self.text = text
        self.tokens = tokenise(text)
        self.functions = functions(self.tokens)
        self.prints = [(s.first, s.last) for f in self.functions for s in f.walk()
                       if s.kind == "expression" and PRINTS.fullmatch(self.word(s.first))]

    def word(self, i: int) -> str:
        return self.tokens[i].text

    def span(self, first: int, last: int) -> str:
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def edit(self, first: int, last: int, new: str) -> tuple:
        """The tokens first to last become new, and the lines stay as many"""
        old = self.span(first, last)
        return (self.tokens[first].start, self.tokens[last].end,
                new + "\n" * max(0, old.count("\n") - new.count("\n")))

    def arguments(self, call: int) -> list[str]:
        """Those of the call whose name is at call"""
        end, args, begin, i = closing(self.tokens, call + 1), [], call + 2, call + 2
        while i <= end:
            if (self.word(i) == "," or i == end) and begin < i:
                args.append(self.span(begin, i - 1))
                begin = i + 1
            i = closing(self.tokens, i) + 1 if self.word(i) in CLOSES else i + 1
        return args

    def code(self):
        """The tokens in functions that are not printed"""
        for function in self.functions:
            for i in range(function.first, function.last + 1):
                if not any(first <= i <= last for first, last in self.prints):
                    yield i, self.tokens[i]

    def name_at(self, at: int) -> str:
        """Of the function, or the system call, that has this place in it"""
        for body in self.functions:
            if self.tokens[body.first].start <= at <= self.tokens[body.last].end:
                name = next(i for i in range(body.first) if self.word(i + 1) == "(" and
                            closing(self.tokens, i + 1) == body.first - 1)
                return self.word(name + 2 if "SYSCALL_DEFINE" in self.word(name) else name)
        return "-"

    def calls(self, function: Stmt, name: str):
        for i in range(function.first, function.last):
            if self.word(i) == name and self.word(i + 1) == "(":
                yield i

    def operand(self, op: int, step: int) -> int:
        """The last token of the operand of && or || on one side"""
        ends = {"&&": ("&&", "||"), "||": ("||",)}[self.word(op)]
        i, depth = op + step, 0
        while True:
            word = self.word(i)
            if word in "([{":
                depth += step
            elif word in ")]}":
                depth -= step
            elif depth == 0 and (word in ends or word in (",", ";", "?", ":", "=", "return")):
                break
            if depth < 0:
                break
            i += step
        return i - step


def is_return_at_end(function: Stmt, stmt: Stmt) -> bool:
    return stmt.kind == "return" and bool(function.body) and stmt is function.body[-1]


def delete(src: Source):
    for function in src.functions:
        for stmt in function.walk():
            if stmt.kind in ("expression", "goto", "break", "continue", "return"):
                word = src.word(stmt.first)
                if stmt.first == stmt.last or PRINTS.fullmatch(word) or \
                        is_return_at_end(function, stmt):
                    continue
                yield Mutant("order" if word in BARRIERS else "delete",
                             [src.edit(stmt.first, stmt.last, ";")])


def conditions(src: Source):
    """The tokens of what is asked, with the statement that asks"""
    for function in src.functions:
        for stmt in function.walk():
            if stmt.kind in ("if", "while", "do"):
                yield stmt, *stmt.cond
            elif stmt.kind == "for":
                first = Stmt("", *stmt.cond)
                begin = next(i for i in range(first.first, first.last) if src.word(i) == ";") + 1
                end = next(i for i in range(begin, first.last + 2) if src.word(i) == ";") - 1
                if begin <= end:
                    yield stmt, begin, end


def is_whole(src: Source, i: int, first: int, last: int) -> bool:
    """Does to invert token i invert all of first to last?"""
    depth, words = 0, []
    for j in range(first, last + 1):
        depth += (src.word(j) in "([{") - (src.word(j) in ")]}")
        if depth == 0:
            words.append((j, src.word(j)))
    if any(word in ("&&", "||", "?", "=") for _, word in words):
        return False
    return i == first if src.word(i) == "!" else any(i == j for j, _ in words)


def negate(src: Source):
    asked = list(conditions(src))
    for _, first, last in asked:
        yield Mutant("negate", [src.edit(first, last, f"!({src.span(first, last)})")])
    for i, token in src.code():
        if any(first <= i <= last and is_whole(src, i, first, last) for _, first, last in asked):
            continue
        if token.text == "?":
            first = i - 1
            while src.word(first - 1) not in ("=", "return", "(", ","):
                first -= 1
            cond = src.span(first, i - 1)
            yield Mutant("negate", [src.edit(first, i - 1, f"!({cond})")])
        elif token.text in INVERSE:
            yield Mutant("negate", [src.edit(i, i, INVERSE[token.text])])
        elif token.text == "!":
            yield Mutant("negate", [src.edit(i, i, "")])


def drop(src: Source):
    for stmt, first, last in conditions(src):
        if src.word(first) in ("0", "1", "true", "false"):
            continue
        if stmt.kind == "if":
            yield Mutant("drop", [src.edit(first, last, "1")])
        yield Mutant("drop", [src.edit(first, last, "0")])
    for i, token in src.code():
        if token.text in ("&&", "||"):
            right = src.operand(i, 1)
            yield Mutant("drop", [src.edit(i, right, "")])
            left = src.operand(i, -1)
            if src.word(left - 1) != token.text:
                yield Mutant("drop", [src.edit(left, i, "")])


def off_by_one(src: Source):
    for i, token in src.code():
        if token.text in COMPARED:
            yield Mutant("one", [src.edit(i, i, COMPARED[token.text])])
        number = re.fullmatch(r"(\d+)([uUlL]*)", token.text)
        if token.kind == "number" and number:
            value, suffix = int(number[1]), number[2]
            yield Mutant("one", [src.edit(i, i, f"{value + 1}{suffix}")])
            if value > 0:
                yield Mutant("one", [src.edit(i, i, f"{value - 1}{suffix}")])


def swap(src: Source):
    for function in src.functions:
        for block in function.walk():
            if not block.block:
                continue
            for one, two in zip(block.body, block.body[1:]):
                words = {src.word(one.first), src.word(two.first)}
                if one.kind == two.kind == "expression" and \
                        not any(PRINTS.fullmatch(word) for word in words):
                    yield swapped(src, one, two)


def swapped(src: Source, one: Stmt, two: Stmt) -> Mutant:
    first, second = src.span(one.first, one.last), src.span(two.first, two.last)
    start, end = src.tokens[one.first].start, src.tokens[two.last].end
    between = src.text[src.tokens[one.last].end:src.tokens[two.first].start]
    return Mutant("swap", [(start, end, second + between + first)])


def weaken(src: Source):
    for i, token in src.code():
        if token.text in WEAKER and src.word(i + 1) == "(":
            new = WEAKER[token.text].format(*src.arguments(i))
            yield Mutant("order", [src.edit(i, closing(src.tokens, i + 1), new)])


def locks(src: Source):
    named = re.search(r"^(?:static )?DEFINE_SPINLOCK\((\w+)\)", src.text, re.MULTILINE)
    for function in src.functions:
        for lock, (unlock, other) in LOCKS.items():
            taken = {tuple(src.arguments(i)[:1]) for i in src.calls(function, lock)}
            for arg in sorted(taken):
                pairs = [(name, i) for name in (lock, unlock) for i in src.calls(function, name)
                         if tuple(src.arguments(i)[:1]) == arg]
                yield lockless(src, pairs)
                if other:
                    yield other_kind(src, pairs, lock, other)
                if named and lock.startswith("spin_") and arg[0] != "&" + named[1]:
                    yield other_lock(src, pairs, "&" + named[1])


def lockless(src: Source, pairs: list) -> Mutant:
    """Where it is asked whether the lock was taken, it was"""
    return Mutant("lock", [src.edit(i, closing(src.tokens, i + 1),
                                    "" if src.word(i - 1) in "{};:)" and
                                    src.word(closing(src.tokens, i + 1) + 1) == ";" else "0")
                           for _, i in pairs])


def other_kind(src: Source, pairs: list, lock: str, other: tuple) -> Mutant:
    taken, given, kept = other
    return Mutant("lock", [src.edit(i, closing(src.tokens, i + 1),
                                    f"{taken if name == lock else given}"
                                    f"({', '.join(src.arguments(i)[:kept])})")
                           for name, i in pairs])


def other_lock(src: Source, pairs: list, arg: str) -> Mutant:
    return Mutant("lock", [src.edit(i, closing(src.tokens, i + 1),
                                    f"{name}({', '.join([arg] + src.arguments(i)[1:])})")
                           for name, i in pairs])


OPERATORS = (delete, negate, drop, off_by_one, swap, weaken, locks)


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def one_line(text: str) -> str:
    return " ".join(re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL).split())


def mutate(text: str, edits: list) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def mutants_of(text: str, added: set) -> list[Mutant]:
    """All that change no line but those, the same text but once, in the order of the file"""
    src, found = Source(text), {}
    for operator in OPERATORS:
        for mutant in operator(src):
            lines = {line for start, end, _ in mutant.edits
                     for line in range(line_of(text, start), line_of(text, end) + 1)}
            changed = mutate(text, mutant.edits)
            if lines <= added and changed != text:
                mutant.edits.sort()
                mutant.function = src.name_at(mutant.edits[0][0])
                mutant.what = "; ".join(f"{one_line(text[a:b])} -> {one_line(new)}"
                                        for a, b, new in mutant.edits)
                found.setdefault(one_line(changed), mutant)
    return numbered(sorted(found.values(), key=lambda m: (m.edits, m.operator)))


def numbered(mutants: list[Mutant]) -> list[Mutant]:
    """What is done in a function for the second time says so"""
    times = Counter()
    for mutant in mutants:
        key = (mutant.function, mutant.operator, mutant.what)
        times[key] += 1
        if times[key] > 1:
            mutant.what += f" [{times[key]}]"
    return mutants


def git(tree: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", str(tree), *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def added_lines(tree: Path) -> dict[str, set]:
    """Of each file of code that the series changes, tests aside"""
    found, name, line_no, gone = {}, "", 0, set()
    for line in git(tree, "diff", "-U0", "--no-ext-diff", "--no-color", "refs/heads/base..HEAD",
                    "--", "*.c", "*.h", ":!tools", ":!Documentation", ":!*/tests/*").splitlines():
        hunk = re.match(r"@@ -\S+ \+(\d+)(?:,\d+)? @@", line)
        if line.startswith("+++ b/"):
            name = line[6:]
            found[name] = set()
        elif hunk:
            line_no, gone = int(hunk[1]), set()
        elif line.startswith("-"):
            gone.add(one_line(line[1:]) or None)
        elif line.startswith("+"):
            # A line that has got a comment, and no more, is as it was
            if "/*" not in line or one_line(line[1:]) not in gone:
                found[name].add(line_no)
            line_no += 1
    return found


def all_mutants(tree: Path) -> list:
    """(file, text, mutant) of all there are"""
    found = []
    for name, added in sorted(added_lines(tree).items()):
        text = git(tree, "show", f"HEAD:{name}")
        found += [(name, text, mutant) for mutant in mutants_of(text, added)]
    return found


def where(name: str, text: str, mutant: Mutant) -> str:
    return "\t".join((f"{name}:{line_of(text, mutant.edits[0][0])}", mutant.function,
                      mutant.operator, mutant.what))


def diff(name: str, text: str, mutant: Mutant) -> str:
    return "".join(difflib.unified_diff(
        text.splitlines(True), mutate(text, mutant.edits).splitlines(True),
        f"a/{name}", f"b/{name}"))


def draw(mutants: list, number: int, seed: int) -> list:
    """A draw of more begins like one of fewer"""
    mutants = list(mutants)
    random.Random(seed).shuffle(mutants)
    return mutants[:number]


def write(tree: Path, folder: Path, number: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index").open("w") as index:
        for nth, drawn in enumerate(draw(all_mutants(tree), number, seed), 1):
            (folder / f"{nth:03}.diff").write_text(diff(*drawn))
            index.write(f"{nth:03}\t{where(*drawn)}\n")


def take(diffs: Path, folder: Path) -> None:
    """Somebody else's changes, in the order of their names"""
    taken = sorted(diffs.glob("*.diff"))
    if not taken:
        raise Error(f"no *.diff in {diffs}")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index").open("w") as index:
        for nth, path in enumerate(taken, 1):
            text = path.read_text()
            files = re.findall(r"^\+\+\+ [^/\s]+/(\S+)", text, re.M)
            hunk = re.search(r"^@@ -(\d+)", text, re.M)
            if len(files) != 1 or not hunk:
                raise Error(f"{path}: not a diff of one file")
            (folder / f"{nth:03}.diff").write_text(text)
            index.write(f"{nth:03}\t{files[0]}:{hunk[1]}\t{path.stem}\tdiff\t{path.stem}\n")


# How verdicts begin, and what they count as
KINDS = (("killed", "killed"), ("timed out", "killed"), ("equivalent:", "do the same"),
         ("equivalent", "compile to the same"), ("same", "same as another"),
         ("does not build", "do not build"), ("not compiled", "not compiled"),
         ("survived, as it may", "may survive"), ("SURVIVED", "survived"))


def last_verdicts(lines: list[str]) -> dict[str, str]:
    """The last line of each mutant; lines that are none, such as comments, aside"""
    return {line.split()[0]: line for line in lines if re.match(r"\d+ +\S+:\d+ ", line)}


def counts(lines: list[str]) -> str:
    """How many there are of each kind, and how many of those that count were killed"""
    kinds = Counter()
    for line in last_verdicts(lines).values():
        verdict = line.split(None, 3)[3]
        kinds[next((kind for begin, kind in KINDS if verdict.startswith(begin)),
                   "not judged")] += 1
    counted = kinds["killed"] + kinds["may survive"] + kinds["survived"]
    said = ", ".join(f"{kinds[kind]} {kind}" for kind in dict.fromkeys(k for _, k in KINDS))
    if kinds["not judged"]:
        said += f", {kinds['not judged']} not judged"
    return f"{said}: " + (f"{100 * kinds['killed'] / counted:.1f} % of {counted} killed"
                          if counted else "none counts")


def sum_up(path: Path, tidy: bool) -> None:
    lines = path.read_text().splitlines()
    said = counts(lines)
    if tidy:
        kept = [line for line in lines if line.startswith("# tip")]
        kept += [line for _, line in sorted(last_verdicts(lines).items())]
        path.write_text("\n".join(kept + [f"# {said}"]) + "\n")
    print(said)


def main(args: list[str]) -> int:
    if len(args) == 2 and args[0] == "list":
        for mutant in all_mutants(Path(args[1])):
            print(where(*mutant))
    elif len(args) == 5 and args[0] == "write" and args[3].isdigit() and args[4].isdigit():
        write(Path(args[1]), Path(args[2]), int(args[3]), int(args[4]))
    elif len(args) == 3 and args[0] == "take":
        take(Path(args[1]), Path(args[2]))
    elif len(args) in (2, 3) and args[0] == "sum" and args[2:] in ([], ["--tidy"]):
        sum_up(Path(args[1]), len(args) == 3)
    else:
        print(__doc__.split("\n\n", 2)[1], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Error, OSError, subprocess.CalledProcessError) as err:
        sys.exit(f"mutate.py: {err}")
