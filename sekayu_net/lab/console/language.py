"""The commands of the language itself: ``:put``, ``:if``, ``:foreach``, ``:pick`` and more.

Menu commands are ``commands``', ``/import`` and its like ``programs``'.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable

from sekayu_net.lab.console import interpreter as run
from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError, ParseError, Returned
from sekayu_net.lab.console.interpreter import Frame, argument_text, argument_value, evaluate, holds
from sekayu_net.lab.console.nodes import Argument, Call, Enter, Node, Word
from sekayu_net.lab.console.parser import parse
from sekayu_net.lab.console.values import (
    Address,
    Code,
    Id,
    Time,
    Value,
    from_json,
    from_word,
    to_bool,
    to_json,
    to_number,
    to_text,
    type_name,
)
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.timers import Pause
from sekayu_net.lab.values import parse_time

Command = Callable[[Call, Frame], Awaitable[Value]]


def _named(node: Call, name: str) -> Argument | None:
    return next((argument for argument in node.arguments if argument.name == name), None)


def _plain(node: Call) -> list[Argument]:
    return [argument for argument in node.arguments if argument.name is None]


async def _values(node: Call, frame: Frame) -> list[Value]:
    return [await argument_value(argument, frame) for argument in _plain(node)]


async def _first(node: Call, frame: Frame) -> Value:
    plain = _plain(node) or list(node.arguments)
    if not plain:
        raise ConsoleError("missing value(s) of argument(s) value")
    return await argument_value(plain[0], frame)


def _missing(name: str) -> ConsoleError:
    return ConsoleError(f"missing value(s) of argument(s) {name}")


async def _do_code(argument: Argument | None, frame: Frame) -> Value:
    if argument is None:
        return None
    value = await argument_value(argument, frame)
    if isinstance(value, Code):
        return await run.run_block(value.block, frame)
    if isinstance(value, str):
        block = parse(value, frame.session.device.schema)
        return await run.run_block(block, Frame(frame.session, frame))
    return value


async def put(node: Call, frame: Frame) -> Value:
    """``:put``."""
    frame.session.write(to_text(await _first(node, frame)) + "\n")
    return None


async def error(node: Call, frame: Frame) -> Value:
    """``:error``."""
    failure = ConsoleError(to_text(await _first(node, frame)) if node.arguments else "")
    # Its own words, not where they were said.
    raise failure


async def do(node: Call, frame: Frame) -> Value:
    """``:do { … } [while=(…)] [on-error={ … }]``."""
    plain = _plain(node)
    body = plain[0] if plain else _named(node, "do") or _named(node, "command")
    guard = _named(node, "on-error")
    condition = _named(node, "while")
    try:
        while True:
            await _do_code(body, run.bind(frame, {}))
            if condition is None or condition.value is None:
                return None
            if not holds(await evaluate(condition.value, frame)):
                return None
    except InterruptedRunError:
        raise
    except ConsoleError:
        if guard is None:
            raise
        await _do_code(guard, run.bind(frame, {}))
    return None


async def onerror(node: Call, frame: Frame) -> Value:
    """``:onerror e in={ … } do={ … }``; whether there was an error."""
    plain = _plain(node)
    name = _word(plain[0].value) if plain else "error"
    try:
        await _do_code(_named(node, "in"), run.bind(frame, {}))
    except InterruptedRunError:
        raise
    except ConsoleError as failure:
        await _do_code(_named(node, "do"), run.bind(frame, {name: str(failure)}))
        return True
    return False


async def retry(node: Call, frame: Frame) -> Value:
    """``:retry command={ … } delay= max= on-error={ … }``."""
    most = _named(node, "max")
    wait = _named(node, "delay")
    times = to_number(await argument_value(most, frame)) if most else None
    pause = await argument_value(wait, frame) if wait else Time(1)
    for attempt in range(times or 1):
        try:
            return await _do_code(_named(node, "command"), run.bind(frame, {}))
        except InterruptedRunError:
            raise
        except ConsoleError:
            if attempt + 1 == (times or 1):
                guard = _named(node, "on-error")
                if guard is None:
                    raise
                return await _do_code(guard, run.bind(frame, {}))
            await Pause(_seconds(pause))
    return None


async def if_(node: Call, frame: Frame) -> Value:
    """``:if (…) do={ … } else={ … }``."""
    plain = _plain(node)
    condition = plain[0] if plain else _named(node, "condition")
    if condition is None:
        raise _missing("condition")
    value = await argument_value(condition, frame)
    truth = to_bool(value)
    if truth is None:
        if value is not None and value != []:
            raise ConsoleError("conditional not boolean")
        truth = False
    body = _named(node, "do") or (plain[1] if len(plain) > 1 else None)
    return await _do_code(body if truth else _named(node, "else"), run.bind(frame, {}))


async def while_(node: Call, frame: Frame) -> Value:
    """``:while (…) do={ … }``."""
    plain = _plain(node)
    if not plain or plain[0].value is None:
        raise _missing("condition")
    while holds(await evaluate(plain[0].value, frame)):
        if frame.session.stopped:
            raise InterruptedRunError
        await _do_code(_named(node, "do"), run.bind(frame, {}))
    return None


async def for_(node: Call, frame: Frame) -> Value:
    """``:for i from= to= [step=] do={ … }``."""
    plain = _plain(node)
    bounds: list[int | None] = []
    for name in ("from", "to", "step"):
        argument = _named(node, name)
        bounds.append(to_number(await argument_value(argument, frame)) if argument else None)
    first, last, step = bounds
    if first is None or last is None or not plain:
        raise _missing("from to")
    stride = step or (1 if last >= first else -1)
    name = _word(plain[0].value)
    for number in range(first, last + (1 if stride > 0 else -1), stride):
        await _do_code(_named(node, "do"), run.bind(frame, {name: number}))
    return None


async def foreach(node: Call, frame: Frame) -> Value:
    """``:foreach x in= do={ … }``, ``:foreach k,v in= …``."""
    plain = _plain(node)
    source = _named(node, "in")
    if not plain or source is None:
        raise _missing("in")
    names = _word(plain[0].value).split(",")
    value = await argument_value(source, frame)
    pairs: list[tuple[Value, Value]]
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    elif value is None or value == "":
        pairs = []
    else:
        pairs = [(0, value)]
    for key, part in pairs:
        names_values = {names[0]: part} if len(names) == 1 else {names[0]: key, names[1]: part}
        await _do_code(_named(node, "do"), run.bind(frame, names_values))
    return None


def _word(node: Node | None) -> str:
    if isinstance(node, Word):
        return node.text
    raise ConsoleError("expected variable name")


def _declared(node: Call) -> tuple[str, Argument | None]:
    plain = _plain(node)
    if not plain:
        raise _missing("name")
    first = plain[0].value
    name = first.text if isinstance(first, Word) else ""
    if not name and first is not None and hasattr(first, "parts"):
        name = "".join(part for part in first.parts if isinstance(part, str))
    value = plain[1] if len(plain) > 1 else _named(node, "do") or _named(node, "value")
    return name, value


async def local(node: Call, frame: Frame) -> Value:
    """``:local name [value]``."""
    name, value = _declared(node)
    frame.variables[name] = await argument_value(value, frame) if value else None
    return None


async def global_(node: Call, frame: Frame) -> Value:
    """``:global name [value]``."""
    name, value = _declared(node)
    frame.globals.add(name)
    frame.variables.pop(name, None)
    variables = frame.session.device.globals
    if value is not None:
        variables[name] = await argument_value(value, frame)
    else:
        variables.setdefault(name, None)
    return None


async def set_(node: Call, frame: Frame) -> Value:
    """``:set name value``, ``:set ($array->"key") value``."""
    plain = _plain(node)
    if plain and getattr(plain[0].value, "operator", "") == "->":
        holder = await evaluate(plain[0].value.left, frame)  # type: ignore[union-attr]
        key = await evaluate(plain[0].value.right, frame)  # type: ignore[union-attr]
        new = await argument_value(plain[1], frame) if len(plain) > 1 else None
        number = to_number(key)
        if isinstance(holder, dict):
            holder[to_text(key)] = new
        elif isinstance(holder, list) and number is not None and 0 <= number < len(holder):
            holder[number] = new
        return None
    name, value = _declared(node)
    frame.set(name, await argument_value(value, frame) if value else None)
    return None


def _seconds(value: Value) -> float:
    if isinstance(value, Time):
        return value.seconds
    seconds = parse_time(to_text(value))
    if seconds is None:
        raise ConsoleError("invalid value for argument delay-time")
    return seconds


async def delay(node: Call, frame: Frame) -> Value:
    """``:delay 5s``: nothing happens meanwhile in this program."""
    await Pause(_seconds(await _first(node, frame)) if node.arguments else 1.0)
    if frame.session.stopped or not frame.session.device.up:
        raise InterruptedRunError
    return None


async def execute(node: Call, frame: Frame) -> Value:
    """``:execute script= [file=] [as-string]``: a job of its own; its id."""
    script = _named(node, "script") or (_plain(node) or [None])[0]  # type: ignore[list-item]
    if script is None:
        raise _missing("script")
    text = await argument_text(script, frame)
    file = _named(node, "file")
    name = await argument_text(file, frame) if file else None
    device = frame.session.device
    if not device.scheduler_allowed and device.quirks.execute_needs_mode:
        raise ConsoleError("failure: not allowed by device-mode")
    if any(_is_word(argument, "as-string") for argument in _plain(node)):
        if not at_least(device.version, "7"):
            raise ConsoleError("expected end of command")
        lines: list[str] = []
        await device.programs.run_text(text, frame.session, lines.append)
        return "".join(lines).removesuffix("\n")
    return Id(device.programs.start_job(text, frame.session, file=name).id)


def _is_word(argument: Argument, word: str) -> bool:
    return isinstance(argument.value, Word) and argument.value.text == word


async def parse_(node: Call, frame: Frame) -> Value:
    """``:parse "…"``: a program, or why it is none."""
    text = to_text(await _first(node, frame))
    schema = frame.session.device.schema
    try:
        word = "evl" if at_least(schema.version, "7") else "eval"
        return Code(parse(text, schema), f"({word} {text.strip()})")
    except ParseError as failure:
        return f"(<% {failure})"


async def pick(node: Call, frame: Frame) -> Value:
    """``:pick value begin [end]``."""
    values = await _values(node, frame)
    if len(values) < 2:
        raise _missing("begin")
    value, begin = values[0], to_number(values[1])
    if begin is None:
        raise ConsoleError("invalid value for argument begin")
    whole = value if isinstance(value, list) else list(to_text(value))
    if isinstance(value, dict):
        whole = list(value.values())
    if len(values) == 2:
        if begin >= len(whole) or begin < 0:
            return None
        return whole[begin]
    end = to_number(values[2])
    part = whole[max(0, begin) : len(whole) if end is None else max(0, end)]
    return part if isinstance(value, (list, dict)) else "".join(part)


async def length(node: Call, frame: Frame) -> Value:
    """``:len``."""
    value = await _first(node, frame)
    if value is None:
        return 0
    return len(value) if isinstance(value, (list, dict)) else len(to_text(value))


async def find(node: Call, frame: Frame) -> Value:
    """``:find in what [from]``: a position, or nothing."""
    values = await _values(node, frame)
    if len(values) < 2:
        raise _missing("key")
    after = to_number(values[2]) if len(values) > 2 else None
    start = 0 if after is None else after + 1
    if isinstance(values[0], list):
        spots = [i for i, part in enumerate(values[0]) if to_text(part) == to_text(values[1])]
        return next((spot for spot in spots if spot >= start), None)
    at = to_text(values[0]).find(to_text(values[1]), max(0, start))
    return None if at < 0 else at


async def return_(node: Call, frame: Frame) -> Value:
    """``:return``."""
    raise Returned(await _first(node, frame) if node.arguments else None)


async def tostr(node: Call, frame: Frame) -> Value:
    """``:tostr``."""
    return to_text(await _first(node, frame))


async def tonum(node: Call, frame: Frame) -> Value:
    """``:tonum``."""
    return to_number(await _first(node, frame))


async def tobool(node: Call, frame: Frame) -> Value:
    """``:tobool``."""
    return to_bool(await _first(node, frame))


async def toarray(node: Call, frame: Frame) -> Value:
    """``:toarray``."""
    value = await _first(node, frame)
    if isinstance(value, (list, dict)):
        return value
    text = to_text(value)
    return [from_word(part) for part in text.split(",")] if text else []


async def totime(node: Call, frame: Frame) -> Value:
    """``:totime``."""
    value = await _first(node, frame)
    seconds = parse_time(to_text(value))
    return value if isinstance(value, Time) else None if seconds is None else Time(seconds)


async def toip(node: Call, frame: Frame) -> Value:
    """``:toip``."""
    value = from_word(to_text(await _first(node, frame)))
    return value if isinstance(value, Address) else None


async def toid(node: Call, frame: Frame) -> Value:
    """``:toid``."""
    return Id(to_text(await _first(node, frame)))


async def typeof(node: Call, frame: Frame) -> Value:
    """``:typeof``."""
    return type_name(await _first(node, frame))


async def time_(node: Call, frame: Frame) -> Value:
    """``:time { … }``: how long it took."""
    start = time.monotonic()
    await _do_code((_plain(node) or [None])[0], frame)  # type: ignore[list-item]
    return Time(time.monotonic() - start)


async def resolve(node: Call, frame: Frame) -> Value:
    """``:resolve``."""
    device = frame.session.device
    found = device.environment.resolves(device, to_text(await _first(node, frame)))
    if found is None:
        raise ConsoleError("failure: dns name does not exist")
    return Address(found)


async def serialize(node: Call, frame: Frame) -> Value:
    """``:serialize to=json value``."""
    kind = _named(node, "to")
    if kind is None or await argument_text(kind, frame) != "json":
        raise ConsoleError("input does not match any value of to")
    value = _named(node, "value")
    return to_json(await argument_value(value, frame) if value else await _first(node, frame))


async def deserialize(node: Call, frame: Frame) -> Value:
    """``:deserialize from=json value``."""
    value = _named(node, "value")
    text = to_text(await argument_value(value, frame) if value else await _first(node, frame))
    try:
        return from_json(text)
    except ValueError:
        raise ConsoleError("failure: invalid JSON") from None


async def nothing(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """Commands that make no difference here."""
    return None


async def random_number(node: Call, frame: Frame) -> Value:
    """``:rndnum from= to=``."""
    low, high = _named(node, "from"), _named(node, "to")
    first = (to_number(await argument_value(low, frame)) if low else 0) or 0
    last = (to_number(await argument_value(high, frame)) if high else 4294967295) or 0
    return first + secrets.randbelow(max(1, last - first + 1))


async def random_text(node: Call, frame: Frame) -> Value:
    """``:rndstr length= [from=]``."""
    size, source = _named(node, "length"), _named(node, "from")
    count = (to_number(await argument_value(size, frame)) if size else 16) or 16
    letters = (
        await argument_text(source, frame) if source else "abcdefghijklmnopqrstuvwxyz0123456789"
    )
    return "".join(secrets.choice(letters) for _ in range(count))


async def timestamp(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``:timestamp``: the device's clock."""
    return Time(frame.session.device.clock.now().timestamp())


COMMANDS: dict[str, Command] = {
    "put": put, "error": error, "do": do, "if": if_, "for": for_, "foreach": foreach,
    "while": while_, "local": local, "global": global_, "set": set_, "delay": delay,
    "execute": execute, "parse": parse_, "pick": pick, "len": length, "tostr": tostr,
    "tonum": tonum, "toarray": toarray, "totime": totime, "tobool": tobool, "toip": toip,
    "toid": toid, "typeof": typeof, "time": time_, "find": find, "return": return_,
    "resolve": resolve, "onerror": onerror, "retry": retry, "serialize": serialize,
    "deserialize": deserialize, "nothing": nothing, "beep": nothing, "environment": nothing,
    "terminal": nothing, "convert": nothing, "rndnum": random_number, "rndstr": random_text,
    "timestamp": timestamp,
}  # fmt: skip


def _register_root() -> None:
    """Commands of the root menu that run programs live with the programs."""
    from sekayu_net.lab.console import programs

    COMMANDS.update(programs.ROOT_COMMANDS)


_register_root()
__all__ = ["COMMANDS", "Enter"]
