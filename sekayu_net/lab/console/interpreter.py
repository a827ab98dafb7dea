"""Runs parsed programs: scopes, control flow, values. Menu commands are ``commands``'.

Everything that may wait is a coroutine; what it waits for is ``timers.Pause``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sekayu_net.lab.console import operators
from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError, Returned
from sekayu_net.lab.console.nodes import (
    Argument,
    Array,
    Binary,
    Block,
    Call,
    CodeNode,
    Enter,
    Expression,
    Invoke,
    Node,
    Property,
    Substitution,
    Text,
    Unary,
    Variable,
    Word,
)
from sekayu_net.lab.console.values import Code, Value, from_word, to_bool, to_text
from sekayu_net.lab.timers import Pause

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: Statements that one program may run: a loop without end must not hang the lab.
MAX_STATEMENTS = 200_000


class Row(Protocol):
    """What a ``where`` looks at."""

    def value(self, prop: str) -> Value:
        """The property's value."""

    def knows(self, prop: str) -> bool:
        """Whether there is such a property."""


@dataclass
class Session:
    """Whoever gives commands: a login, a job, an import within one of them.

    ``write`` takes text with LF line ends. ``reachable``: packets get through to whoever it is;
    ``hang_up`` ends the connection. ``printed``: the ids behind the numbers that the last
    ``print`` of a menu showed. ``stopped`` ends the program at its next statement. ``failed``: the
    last line did; ``misread``: it was no command at all.
    """

    device: LabDevice
    user: str = "admin"
    source: str = ""
    policies: frozenset[str] = frozenset()
    write: Callable[[str], None] = lambda text: None  # noqa: ARG005
    via: str = "script"
    reachable: Callable[[], bool] = lambda: True
    hang_up: Callable[[], None] = lambda: None
    width: int = 80
    menu: str = ""
    printed: dict[str, list[str]] = field(default_factory=dict)
    stopped: bool = False
    importing: int = 0
    statements: int = 0
    failed: bool = False
    misread: bool = False


class Frame:
    """Variables that one block sees."""

    __slots__ = ("globals", "outer", "session", "substituted", "variables")

    def __init__(
        self, session: Session, outer: Frame | None = None, *, substituted: bool = False
    ) -> None:
        #: Directly in `[ … ]`: a count is a value there, not output.
        self.substituted = substituted
        self.session = session
        self.outer = outer
        self.variables: dict[str, Value] = {}
        self.globals: set[str] = set()

    def find(self, name: str) -> Frame | None:
        """The frame in which ``name`` is declared."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.variables or name in frame.globals:
                return frame
            frame = frame.outer
        return None

    def get(self, name: str) -> Value:
        """The variable's value; None when nobody set it."""
        frame = self.find(name)
        if frame is not None and name in frame.variables:
            return frame.variables[name]
        return self.session.device.globals.get(name)

    def set(self, name: str, value: Value) -> None:
        """Assign to a declared variable."""
        frame = self.find(name)
        if frame is not None and name in frame.variables:
            frame.variables[name] = value
        elif frame is not None or name in self.session.device.globals:
            self.session.device.globals[name] = value
        else:
            raise ConsoleError(f"syntax error: variable {name} is not declared")


async def run_block(block: Block, frame: Frame) -> Value:
    """Run statements in ``frame``; the value of the last one."""
    session = frame.session
    value: Value = None
    for statement, line in zip(block.statements, block.lines, strict=True):
        session.statements += 1
        if session.device.faults.slow_statement > 0:
            await Pause(session.device.faults.slow_statement)
        if session.stopped or not session.device.up or session.statements > MAX_STATEMENTS:
            raise InterruptedRunError
        session.device.at_statement(session)
        try:
            if isinstance(statement, Call):
                if session.importing and statement.menu:
                    session.device.programs.count_statement(session)
                value = await call(statement, frame)
            elif isinstance(statement, Invoke):
                value = await _invoke(statement, frame)
            elif isinstance(statement, Expression):
                value = await evaluate(statement.value, frame)
            elif isinstance(statement, Enter):
                session.menu = statement.menu
            else:
                value = await run_block(statement, Frame(session, frame))
        except ConsoleError as error:
            if isinstance(statement, Call) and statement.menu and not error.trail:
                error.trail.append(f"{statement.path}; line {line}")
            raise
    return value


async def call(node: Call, frame: Frame) -> Value:
    """Run one command."""
    if node.menu:
        from sekayu_net.lab.console.commands import run_command

        return await run_command(node, frame)
    from sekayu_net.lab.console.language import COMMANDS

    return await COMMANDS[node.command](node, frame)


async def _invoke(node: Invoke, frame: Frame) -> Value:
    function = frame.get(node.name)
    if isinstance(function, Code):
        inner = Frame(frame.session, None)
        inner.globals = set(frame.session.device.globals)
        position = 0
        for argument in node.arguments:
            value = await argument_value(argument, frame)
            if argument.name is None:
                position += 1
                inner.variables[str(position)] = value
            else:
                inner.variables[argument.name] = value
        try:
            return await run_block(function.block, inner)
        except Returned as returned:
            return returned.value
    return function


async def argument_value(argument: Argument, frame: Frame) -> Value:
    """The value of an argument; a bare flag is its own text."""
    return None if argument.value is None else await evaluate(argument.value, frame)


async def argument_text(argument: Argument, frame: Frame) -> str:
    """An argument as a menu command takes it: a bare word stays as it was written."""
    from sekayu_net.lab.console.values import to_argument

    node = argument.value
    if isinstance(node, Word):
        return node.text
    if isinstance(node, CodeNode):
        return node.source
    return "" if node is None else to_argument(await evaluate(node, frame))


async def evaluate(node: Node, frame: Frame, row: Row | None = None) -> Value:
    """The value of an expression; ``row`` is the item that a ``where`` looks at."""
    if isinstance(node, Word):
        return from_word(node.text)
    if isinstance(node, Text):
        if len(node.parts) == 1 and isinstance(node.parts[0], str):
            return node.parts[0]
        return "".join(
            [
                part if isinstance(part, str) else to_text(await evaluate(part, frame, row))
                for part in node.parts
            ]
        )
    if isinstance(node, Variable):
        # A property hides a variable of its name (a known trap of `where name=$name`).
        if row is not None and frame.find(node.name) is not None and row.knows(node.name):
            return row.value(node.name)
        return frame.get(node.name)
    if isinstance(node, Property):
        if row is None:
            return from_word(node.name)
        if not row.knows(node.name):
            raise ConsoleError(f"bad parameter {node.name}")
        return row.value(node.name)
    if isinstance(node, Substitution):
        return await run_block(node.block, Frame(frame.session, frame, substituted=True))
    if isinstance(node, CodeNode):
        return Code(node.block, node.source)
    if isinstance(node, Array):
        return await _array(node, frame, row)
    if isinstance(node, Unary):
        return operators.negate(node.operator, await evaluate(node.operand, frame, row))
    return await _binary(node, frame, row)


async def _array(node: Array, frame: Frame, row: Row | None) -> Value:
    if any(key is not None for key, _ in node.entries):
        keyed: dict[str, Value] = {}
        for position, (key, part) in enumerate(node.entries):
            name = str(position) if key is None else to_text(await evaluate(key, frame, row))
            keyed[name] = await evaluate(part, frame, row)
        return keyed
    return [await evaluate(part, frame, row) for _, part in node.entries]


async def _binary(node: Binary, frame: Frame, row: Row | None) -> Value:
    left = await evaluate(node.left, frame, row)
    if node.operator in ("&&", "||"):
        truth = holds(left)
        if truth == (node.operator == "||"):
            return truth
        return holds(await evaluate(node.right, frame, row))
    right = await evaluate(node.right, frame, row)
    return operators.BINARY[node.operator](left, right)


def holds(value: Value) -> bool:
    """Whether a value counts as true: set and not empty, unless it says yes or no."""
    truth = to_bool(value)
    return bool(value) if truth is None else truth


async def selects(where: Node | None, frame: Frame, row: Row) -> bool:
    """Whether a ``where`` holds for an item."""
    return where is None or holds(await evaluate(where, frame, row))


def bind(frame: Frame, values: Mapping[str, Value]) -> Frame:
    """A block's frame with loop variables."""
    inner = Frame(frame.session, frame)
    inner.variables.update(values)
    return inner
