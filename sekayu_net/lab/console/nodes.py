"""The parts of a parsed console program. Plain values; running them is ``interpreter``'s."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string: literal pieces and what is substituted between them."""

    parts: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property's name in a ``where``."""

    name: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """``[ … ]``: a program whose value counts."""

    block: Block


@dataclass(frozen=True, slots=True)
class CodeNode:
    """``{ … }`` given to a command; ``source`` is the text between the braces."""

    block: Block
    source: str


@dataclass(frozen=True, slots=True)
class Array:
    """``{1; 2; "k"=3}``."""

    entries: tuple[tuple[Node | None, Node], ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``!x``, ``-x``, ``~x``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """``a . b`` and the like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Argument:
    """``key=value``, a bare word (``name`` None), ``!key`` (``negated``)."""

    name: str | None
    value: Node | None
    column: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A command: of a menu, or (``menu`` empty) of the language itself, without its colon."""

    menu: str
    command: str
    arguments: tuple[Argument, ...]
    line: int
    column: int
    where: Node | None = None

    @property
    def path(self) -> str:
        """As error trails name it: ``/interface/bridge/add``, ``:import``."""
        return f"{self.menu.replace(' ', '/')}/{self.command}" if self.menu else f":{self.command}"


@dataclass(frozen=True, slots=True)
class Invoke:
    """``$function arguments``."""

    name: str
    arguments: tuple[Argument, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Enter:
    """A line that only names a menu: an interactive session stays there."""

    menu: str


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as a statement."""

    value: Node


@dataclass(frozen=True, slots=True)
class Block:
    """Statements, with a scope of their own. ``lines``: the line of each."""

    statements: tuple[Statement, ...]
    lines: tuple[int, ...]


Node = Word | Text | Variable | Property | Substitution | CodeNode | Array | Unary | Binary
Statement = Call | Invoke | Enter | Expression | Block
