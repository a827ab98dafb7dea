"""Expressions: what stands in ``( … )`` and after ``where``. The other half of the parser."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from sekayu_net.lab.console.errors import ParseError
from sekayu_net.lab.console.nodes import Array, Binary, Node, Property, Unary, Variable, Word

#: Loosest first. Words are operators only where an operator may stand.
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||", "or"),
    ("&&", "and"),
    ("=", "!=", "<=", ">=", "<", ">", "~", "in"),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    (".", ","),
    ("+", "-"),
    ("*", "/", "%"),
)
_SYMBOL = re.compile(r"\|\||&&|!=|<=|>=|<<|>>|->|[=<>~|^&.,+*/%-]|(?:or|and|in)(?![A-Za-z0-9-])")
#: Words in an expression: times, addresses, prefixes, ids, names.
_OPERAND = re.compile(
    r"\d+\.\d+\.\d+\.\d+(?:/\d+)?|\*[0-9A-Fa-f]+|(?:\d+[wdhms]+)+|0x[0-9A-Fa-f]+|\d+:\d+:\d+|"
    r"[A-Za-z0-9_][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*"
)
_PROPERTY = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9.-]*")
_TERM_START = re.compile(r"[!A-Za-z0-9.($\[\"*]")


class ExpressionParser(ABC):
    """What ``Parser`` inherits: needs its position, blanks and values."""

    text: str
    at: int

    @abstractmethod
    def error(self, message: str, at: int | None = None) -> ParseError:
        """In ``Parser``."""

    @abstractmethod
    def peek(self) -> str:
        """In ``Parser``."""

    @abstractmethod
    def blanks(self, *, lines: bool = False) -> None:
        """In ``Parser``."""

    @abstractmethod
    def at_end(self) -> bool:
        """In ``Parser``."""

    @abstractmethod
    def value(self, *, code: bool = False) -> Node:
        """In ``Parser``."""

    @abstractmethod
    def array(self) -> Array:
        """In ``Parser``."""

    def expression(self, *, where: bool = False) -> Node:
        """An expression; with ``where`` words are properties of the item."""
        return self._level(0, where=where)

    def where(self) -> Node:
        """After ``where``: terms side by side must all hold."""
        node = self._level(0, where=True)
        while True:
            self.blanks()
            if self.at_end():
                return node
            if not _TERM_START.match(self.text, self.at):
                raise self.error("expected end of command")
            node = Binary("&&", node, self._level(0, where=True))

    def array_part(self) -> Node:
        """One entry of an array: anything but ``=``."""
        return self._level(3, where=False)

    def _operator(self, level: int) -> str | None:
        self.blanks(lines=False)
        match = _SYMBOL.match(self.text, self.at)
        if match is None or match[0] == "->":
            return None
        return match[0] if match[0] in _LEVELS[level] else None

    def _level(self, level: int, *, where: bool) -> Node:
        if level == len(_LEVELS):
            return self._unary(where=where)
        node = self._level(level + 1, where=where)
        while (operator := self._operator(level)) is not None:
            # `where a=1 -b` has no meaning, but `where x=$y disabled` must not take more
            self.at += len(operator)
            self.blanks(lines=not where)
            right_where = where and level < 2
            right = self._level(level + 1, where=right_where)
            node = Binary({"or": "||", "and": "&&"}.get(operator, operator), node, right)
        return node

    def _unary(self, *, where: bool) -> Node:
        self.blanks(lines=not where)
        char = self.peek()
        if char in ("!", "-", "~"):
            self.at += 1
            return Unary(char, self._unary(where=where))
        match = re.compile(r"not(?=[\s(])").match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            return Unary("!", self._unary(where=where))
        if char == "(" and where:
            self.at += 1
            node = self.expression(where=True)
            while True:
                self.blanks(lines=True)
                if self.peek() == ")":
                    self.at += 1
                    return self.postfix(node)
                if not _TERM_START.match(self.text, self.at):
                    raise self.error("syntax error")
                node = Binary("&&", node, self._level(0, where=True))
        if char == "{":
            return self.postfix(self.array())
        if char in ('"', "[", "(", "$"):
            node = self.value()
            if where and isinstance(node, Variable):
                # `find where $name="x"` asks for the property of that name
                return Property(node.name) if self._compares() else node
            return self.postfix(node)
        if where:
            match = _PROPERTY.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                return Property(match[0])
        match = _OPERAND.match(self.text, self.at)
        if match is None:
            raise self.error("syntax error")
        self.at = match.end()
        return self.postfix(Word(match[0]))

    def _compares(self) -> bool:
        self.blanks()
        return self.peek() in ("=", "~") or self.text[self.at : self.at + 2] == "!="

    def postfix(self, node: Node) -> Node:
        """``x->"key"``, any number of times."""
        while self.text.startswith("->", self.at):
            self.at += 2
            key: Node
            if self.peek() in ('"', "$", "(", "["):
                key = self.value()
            else:
                match = _OPERAND.match(self.text, self.at)
                if match is None:
                    raise self.error("syntax error")
                self.at = match.end()
                key = Word(match[0])
            node = Binary("->", node, key)
        return node
