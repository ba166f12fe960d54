# SPDX-License-Identifier: GPL-2.0
"""cparse.py - as much of C as mutate.py has to see: tokens and statements

Kernel style is taken for granted.  Comments, strings and preprocessor lines are
no tokens that a mutation could touch.  Macros are not expanded: a call is a call.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"""
      (?P<skip> \s+ | /\*.*?\*/ | //[^\n]* )
    | (?P<hash> ^[ \t]*\#(?:[^\n\\]|\\.)* )
    | (?P<text> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    | (?P<number> (?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]* )
    | (?P<word> [A-Za-z_]\w* )
    | (?P<sign> <<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|. )
    """, re.VERBOSE | re.DOTALL | re.MULTILINE)

TYPES = {"struct", "union", "enum", "const", "static", "volatile", "register", "auto", "extern",
         "void", "char", "short", "int", "long", "unsigned", "signed", "bool"}
CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class Stmt:
    """A statement: tokens first to last, those of its condition, what is in it"""
    kind: str
    first: int
    last: int = -1
    cond: tuple = ()
    body: list = field(default_factory=list)
    block: bool = False     # body is a list of neighbours

    def walk(self):
        yield self
        for stmt in self.body:
            yield from stmt.walk()


class Error(Exception):
    pass


def tokenise(source: str) -> list[Token]:
    return [Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(source)
            if m.lastgroup not in ("skip", "hash")]


def closing(tokens: list[Token], at: int) -> int:
    """The bracket that closes the one at at"""
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].text in CLOSES:
            depth += 1
        elif tokens[i].text in CLOSES.values():
            depth -= 1
            if depth == 0:
                return i
    raise Error(f"'{tokens[at].text}' is never closed")


def functions(tokens: list[Token]) -> list[Stmt]:
    """The bodies of the functions of a file"""
    found, i = [], 0
    while i < len(tokens):
        if tokens[i].text == "{":
            if i and tokens[i - 1].text == ")":
                found.append(Parser(tokens).statement(i))
            i = closing(tokens, i)
        i += 1
    return found


class Parser:
    def __init__(self, tokens: list[Token]):
        self.tokens = tokens

    def text(self, i: int) -> str:
        return self.tokens[i].text

    def semicolon(self, i: int) -> int:
        while self.text(i) != ";":
            i = closing(self.tokens, i) + 1 if self.text(i) in CLOSES else i + 1
        return i

    def is_declaration(self, i: int) -> bool:
        if self.text(i) in TYPES:
            return True
        after = i + 1
        while self.text(after) == "*":
            after += 1
        return (self.tokens[i].kind == self.tokens[after].kind == "word"
                and (after == i + 1 or self.text(after + 1) in ("=", ";", ",")))

    def is_loop_of_a_macro(self, i: int) -> bool:
        """for_each_...(...) and a statement, not a call and what follows it"""
        if self.text(i + 1) != "(":
            return False
        after = closing(self.tokens, i + 1) + 1
        return self.tokens[after].kind == "word" or self.text(after) == "{"

    def headed(self, kind: str, i: int) -> Stmt:
        """if, while, for, switch, a loop of a macro: WORD (...) STATEMENT [else STATEMENT]"""
        close = closing(self.tokens, i + 1)
        body = [self.statement(close + 1)]
        if kind == "if" and self.text(body[0].last + 1) == "else":
            body.append(self.statement(body[0].last + 2))
        return Stmt(kind, i, body[-1].last, (i + 2, close - 1), body)

    def block(self, i: int) -> Stmt:
        end, body, at = closing(self.tokens, i), [], i + 1
        while at < end:
            body.append(self.statement(at))
            at = body[-1].last + 1
        return Stmt("block", i, end, (), body, True)

    def do(self, i: int) -> Stmt:
        body = self.statement(i + 1)
        close = closing(self.tokens, body.last + 2)
        return Stmt("do", i, close + 1, (body.last + 3, close - 1), [body])

    def label(self, i: int) -> Stmt:
        while self.text(i) != ":":
            i += 1
        return Stmt("label", i, i)

    def statement(self, i: int) -> Stmt:
        word = self.text(i)
        if word == "{":
            return self.block(i)
        if word == "do":
            return self.do(i)
        if word in ("if", "while", "for", "switch"):
            return self.headed(word, i)
        if word in ("case", "default") or (self.tokens[i].kind == "word"
                                           and self.text(i + 1) == ":"):
            return self.label(i)
        if word in ("return", "goto", "break", "continue"):
            return Stmt(word, i, self.semicolon(i))
        if self.tokens[i].kind == "word" and self.is_declaration(i):
            return Stmt("declaration", i, self.semicolon(i))
        if self.tokens[i].kind == "word" and self.is_loop_of_a_macro(i):
            return self.headed("loop", i)
        return Stmt("expression", i, self.semicolon(i))
