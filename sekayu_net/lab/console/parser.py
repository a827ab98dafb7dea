r"""Console text to program: paths, arguments, quoting, ``[ … ]``, ``{ … }``, expressions.

Knows which menus and commands exist (``grammar``) but not their properties. Positions in errors
are physical lines and columns, from 1.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sekayu_net.lab.console.errors import ParseError
from sekayu_net.lab.console.expressions import ExpressionParser
from sekayu_net.lab.console.grammar import Grammar, grammar
from sekayu_net.lab.console.nodes import (
    Argument,
    Array,
    Block,
    Call,
    CodeNode,
    Enter,
    Expression,
    Invoke,
    Node,
    Statement,
    Substitution,
    Text,
    Variable,
    Word,
)
from sekayu_net.lab.schema import Schema, at_least

_PATH_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*|\.\.")
_NAME = re.compile(r"[.A-Za-z0-9][A-Za-z0-9._/-]*(?==)")
_FLAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?=[\s;\]\)}\\]|$)")
_BARE = re.compile(r"[^\s;\"\\\[\](){}=$']+")
_VARIABLE = re.compile(r"\$(?:([A-Za-z0-9_]+)|\"([^\"]+)\")")
_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "_": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    '"': '"', "\\": "\\", "$": "$", "?": "?",
}  # fmt: skip
#: Arguments whose ``{ … }`` is program, not an array.
_CODE = frozenset({"do", "on-error", "else", "script", "source", "on-event", "command", "in"})
#: Commands of the language that take ``{ … }`` as program where it stands without a name.
_CODE_COMMANDS = frozenset({"do", "execute", "parse", "retry", "onerror", "time", "while", "if"})
#: Commands whose unnamed arguments are an expression on the items.
_WHERE_COMMANDS = frozenset({"find"})
MAX_DEPTH = 60


class Parser(ExpressionParser):
    """One text. Use ``parse``."""

    def __init__(self, text: str, grammar_: Grammar, menu: str) -> None:
        self.text = text
        self.grammar = grammar_
        self.menu = menu
        self.at = 0
        self.depth = 0

    # -- positions -------------------------------------------------------------------------

    def error(self, message: str, at: int | None = None) -> ParseError:
        """``message`` with the position of ``at`` (default: here)."""
        at = self.at if at is None else at
        line = self.text.count("\n", 0, at) + 1
        return ParseError(message, line, at - (self.text.rfind("\n", 0, at) + 1) + 1)

    def unknown(self, name: str, at: int) -> ParseError:
        """An argument that the command does not have; newer consoles name it (7.23 measured)."""
        if at_least(self.grammar.version, "7.20"):
            return self.error(f"bad parameter {name}", at)
        return self.error("expected end of command", at)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def blanks(self, *, lines: bool = False) -> None:
        """Pass blanks and continued line ends; with ``lines`` every line end and comment."""
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char in " \t\r":
                self.at += 1
            elif char == "\\" and re.match(r"\\\r?\n", text[self.at : self.at + 3]):
                self.at = text.index("\n", self.at) + 1
            elif lines and char == "\n":
                self.at += 1
            elif lines and char == "#" and self._line_start():
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            else:
                return

    def _line_start(self) -> bool:
        start = max(self.text.rfind("\n", 0, self.at), self.text.rfind("{", 0, self.at)) + 1
        return not self.text[start : self.at].strip(" \t\r;")

    def at_end(self) -> bool:
        """Whether the statement ends here."""
        return self.peek() in ("", "\n", ";", "]", ")", "}")

    # -- statements ------------------------------------------------------------------------

    def block(self, closing: str) -> Block:
        """Statements up to ``closing`` (which is consumed), or to the end for an empty one."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("program is nested too deeply")
        menu = self.menu
        statements: list[Statement] = []
        lines: list[int] = []
        opened = self.at
        while True:
            self._between()
            if not self.peek():
                if closing:
                    raise self.error(f"expected closing {_BRACES[closing]}", opened)
                break
            if self.peek() == closing:
                self.at += 1
                break
            line = self.text.count("\n", 0, self.at) + 1
            statements.append(self.statement())
            lines.append(line)
            self.blanks()
            if not self.at_end():
                raise self.error("expected end of command")
            if self.peek() in ("]", ")", "}") and self.peek() != closing:
                raise self.error("syntax error")
        if closing:
            self.menu = menu
        self.depth -= 1
        return Block(tuple(statements), tuple(lines))

    def _between(self) -> None:
        while True:
            self.blanks(lines=True)
            if self.peek() != ";":
                return
            self.at += 1

    def statement(self) -> Statement:
        """One statement."""
        char = self.peek()
        if char == "{":
            self.at += 1
            return self.block("}")
        if char in ("(", "["):
            return Expression(self.value())
        if char == "$":
            start, name = self.at, self.variable_name()
            self.blanks()
            if self.peek() == "=":
                raise self.error("syntax error", start)
            return Invoke(name, self.arguments("", "call"), self.text.count("\n", 0, start) + 1)
        if char == ":":
            self.at += 1
            return self._language()
        if char == "/":
            return self._path("")
        return self._path(self.menu)

    def _language(self) -> Statement:
        start = self.at
        match = _PATH_WORD.match(self.text, self.at)
        if match is None:
            raise self.error("expected command name")
        word = match[0]
        if word in ("log", "import", "ping", "export", "quit", "beep"):
            return self._path("")
        name = word if word in self.grammar.language else None
        if name is None:
            options = [w for w in self.grammar.language if w.startswith(word)]
            name = options[0] if len(options) == 1 else None
        if name is None:
            raise self.error(f"bad command name {word}", start)
        self.at = match.end()
        return self._call("", name, start - 1)

    def _path(self, menu: str) -> Statement:
        start = word_at = self.at
        absolute = self.peek() == "/"
        if absolute:
            menu = ""
            self.at += 1
        while True:
            if not absolute or self.at != start + 1:
                self.blanks()
                if self.peek() == "/" and self.at != start:
                    if not self.grammar.slashes:
                        raise self.error("expected command name")
                    self.at += 1
            if self.at_end():
                if self.at == start or (absolute and self.at == start + 1 and menu):
                    raise self.error("expected command name")
                self.menu = menu
                return Enter(menu)
            match = _PATH_WORD.match(self.text, self.at)
            word_at = self.at
            if match is None:
                raise self.error("expected command name")
            word = match[0]
            if word == "..":
                menu = menu.rpartition(" ")[0] if " " in menu else ""
                self.at = match.end()
                continue
            command = self.grammar.command(menu, word)
            child = self.grammar.child(menu, word)
            if command is not None and not (child and word != command):
                self.at = match.end()
                if menu == "" and command == "log" and self.grammar.child("", "log"):
                    menu = "/log"
                    continue
                return self._call(menu, command, word_at)
            if child is not None:
                menu = child
                self.at = match.end()
                continue
            if word_at == start + absolute and word in self.grammar.language:
                self.at = match.end()
                return self._call("", word, word_at)
            raise self.error(f"bad command name {word}", word_at)

    def _call(self, menu: str, command: str, start: int) -> Call:
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        if menu == "" and command in (
            "import",
            "export",
            "ping",
            "quit",
            "undo",
            "redo",
            "password",
        ):
            menu = "/"
        arguments: tuple[Argument, ...] = ()
        where = None
        outer = self.menu
        if menu not in ("", "/"):
            # `/ip address remove [find …]`: the find is of that menu
            self.menu = menu
        if menu not in ("", "/") and command in _WHERE_COMMANDS:
            self.blanks()
            self._skip_word("where")
            self.blanks()
            if not self.at_end():
                where = self.where()
        else:
            arguments = self.arguments(menu, command)
            self.blanks()
            if self._skip_word("where"):
                where = self.where()
        self.menu = outer
        return Call("" if menu == "/" else menu, command, arguments, line, column, where)

    def _skip_word(self, word: str) -> bool:
        if re.match(rf"{word}(?![A-Za-z0-9.=-])", self.text[self.at : self.at + len(word) + 1]):
            self.at += len(word)
            return True
        return False

    # -- arguments -------------------------------------------------------------------------

    def arguments(self, menu: str, command: str) -> tuple[Argument, ...]:
        """Arguments up to the end of the statement or ``where``."""
        found: list[Argument] = []
        prefix = ""
        while True:
            self.blanks()
            if self.at_end():
                return tuple(found)
            start = self.at
            column = start - (self.text.rfind("\n", 0, start) + 1) + 1
            if re.match(r"where(?![A-Za-z0-9.=-])", self.text[start : start + 6]) and menu:
                return tuple(found)
            match = _NAME.match(self.text, start)
            if match is not None and not (menu == "" and command in ("put", "error", "return")):
                name = match[0]
                if name.startswith(".") and name != ".id" and prefix:
                    name = prefix + name
                elif "." in name:
                    prefix = name.rpartition(".")[0]
                if not self.grammar.takes(menu, command, name):
                    raise self.unknown(name, start)
                self.at = match.end() + 1
                self.blanks()
                if self.at_end():
                    raise self.error("expected end of command", match.end())
                code = name in _CODE and (name, command) != ("in", "foreach")
                found.append(Argument(name, self.value(code=code), column))
                continue
            if (
                self.peek() == "!"
                and menu
                and re.match(r"!\.?[A-Za-z]", self.text[start : start + 3])
            ):
                self.at += 1
                flag = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9.-]*").match(self.text, self.at)
                if flag is not None:
                    self.at = flag.end()
                    name = prefix + flag[0] if flag[0].startswith(".") else flag[0]
                    found.append(Argument(name, None, column, negated=True))
                    continue
            code = menu == "" and command in _CODE_COMMANDS
            found.append(Argument(None, self.value(code=code), column))

    def value(self, *, code: bool = False) -> Node:
        """One value: quoted, bare, ``$x``, ``[…]``, ``(…)``, ``{…}``."""
        char = self.peek()
        if char == '"':
            return self.quoted()
        if char == "[":
            self.at += 1
            return Substitution(self.block("]"))
        if char == "(":
            self.at += 1
            node = self.expression()
            self.blanks(lines=True)
            if self.peek() != ")":
                raise self.error("syntax error")
            self.at += 1
            return node
        if char == "{":
            if code:
                start = self.at = self.at + 1
                block = self.block("}")
                return CodeNode(block, self.text[start : self.at - 1])
            return self.array()
        if char == "$":
            return self.postfix(Variable(self.variable_name()))
        match = _BARE.match(self.text, self.at)
        if match is None:
            raise self.error("syntax error" if char in ("\\", "'") else "expected end of command")
        self.at = match.end()
        if self.peek() in ('"', "[", "(", "{", "="):
            raise self.error("expected end of command")
        if self.peek() in ("$", "'") or (
            self.peek() == "\\" and not re.match(r"\\\r?\n", self.text[self.at : self.at + 3])
        ):
            raise self.error("syntax error")
        return Word(match[0])

    def variable_name(self) -> str:
        """The name after ``$``."""
        match = _VARIABLE.match(self.text, self.at)
        if match is None:
            raise self.error("syntax error")
        self.at = match.end()
        return match[1] or match[2]

    def array(self) -> Array:
        """``{…}`` as an array."""
        opened = self.at
        self.at += 1
        entries: list[tuple[Node | None, Node]] = []
        while True:
            self.blanks(lines=True)
            if self.peek() == ";":
                self.at += 1
                continue
            if self.peek() == "}":
                self.at += 1
                return Array(tuple(entries))
            if not self.peek():
                raise self.error("expected closing brace", opened)
            first = self.array_part()
            self.blanks(lines=True)
            if self.peek() == "=":
                self.at += 1
                self.blanks(lines=True)
                entries.append((first, self.array_part()))
            else:
                entries.append((None, first))

    def quoted(self) -> Node:
        """A string in quotes, with what is substituted in it."""
        text, opened = self.text, self.at
        parts: list[str | Node] = []
        piece: list[str] = []
        self.at += 1
        while True:
            if self.at >= len(text):
                raise self.error("expected closing quote", opened)
            char = text[self.at]
            if char == '"':
                self.at += 1
                break
            if char == "\\":
                piece.append(self._escape())
            elif char == "$" and (
                _VARIABLE.match(text, self.at) or text[self.at + 1 : self.at + 2] in ("(", "[")
            ):
                parts.append("".join(piece))
                piece = []
                if text[self.at + 1] in "([":
                    self.at += 1
                    parts.append(self.value())
                else:
                    parts.append(Variable(self.variable_name()))
            else:
                piece.append(char)
                self.at += 1
        parts.append("".join(piece))
        return Text(tuple(part for part in parts if part != ""))

    def _escape(self) -> str:
        text, start = self.text, self.at
        following = text[start + 1 : start + 2]
        match = re.match(r"\\\r?\n[ \t]*", text[start : start + 200])
        if match is not None:
            self.at += match.end()
            return ""
        if following in _ESCAPES:
            self.at += 2
            return _ESCAPES[following]
        hexadecimal = text[start + 1 : start + 3]
        if re.fullmatch(r"[0-9A-F]{2}", hexadecimal):
            self.at += 3
            return chr(int(hexadecimal, 16))
        raise self.error("syntax error")


_BRACES = {"]": "bracket", ")": "parenthesis", "}": "brace"}


@lru_cache(maxsize=256)
def parse(text: str, schema: Schema, menu: str = "") -> Block:
    """A whole text for the menus of ``schema``, beginning in ``menu`` (``""`` is the root).

    ``ParseError`` with the device's words and the position.
    """
    parser = Parser(text.replace("\r\n", "\n"), grammar(schema), menu)
    return parser.block("")


def entered(text: str, schema: Schema, menu: str) -> str:
    """The menu in which a console stands after the line ``text``."""
    block = parse(text, schema, menu)
    last = block.statements[-1] if block.statements else None
    return last.menu if isinstance(last, Enter) else menu
