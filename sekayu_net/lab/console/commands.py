"""What every menu can do: ``print``, ``find``, ``get``, ``add``, ``set``, ``remove``, ``move``.

Menus with commands of their own (reboot, backup, ssh-keys import …) register in ``special``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sekayu_net.lab import edit, listing, live, printing
from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError
from sekayu_net.lab.console.interpreter import (
    Frame,
    Session,
    argument_text,
    argument_value,
    selects,
)
from sekayu_net.lab.console.nodes import Argument, Call, Word
from sekayu_net.lab.console.values import Code, Id, Value, to_argument, to_text
from sekayu_net.lab.schema import Menu
from sekayu_net.lab.state import Item
from sekayu_net.lab.views import View

_READS = frozenset({"print", "find", "get", "export"})
#: Menus whose editing needs the policy named ``policy``.
_POLICY_MENUS = ("/user", "/system device-mode")
_FORMS = frozenset(
    {"as-value", "brief", "detail", "terse", "count-only", "without-paging", "value-list", "stats",
     "show-ids", "show-sensitive", "follow", "follow-only"}
)  # fmt: skip


def require(session: Session, policy: str) -> None:
    """``not enough permissions (9)`` unless the user's group has the policy."""
    if policy not in session.policies:
        raise ConsoleError("not enough permissions (9)")


async def run_command(node: Call, frame: Frame) -> Value:
    """Run a menu's command."""
    from sekayu_net.lab.console.special import SPECIAL

    session = frame.session
    special = SPECIAL.get((node.menu, node.command))
    if special is not None:
        return await special(node, frame)
    if node.command in _READS:
        require(session, "read")
    else:
        require(session, "policy" if node.menu.startswith(_POLICY_MENUS) else "write")
        device = session.device
        if device.faults.reject_statement and session.importing:
            words = await _words(node, frame)
            if device.faults.reject_statement in words:
                raise ConsoleError("failure: rejected")
    return await _GENERIC[node.command](node, frame)


async def _words(node: Call, frame: Frame) -> str:
    parts = [f"{node.menu} {node.command}"]
    for argument in node.arguments:
        text = await argument_text(argument, frame)
        parts.append(f"{argument.name}={text}" if argument.name else text)
    return " ".join(parts)


# -- choosing items ----------------------------------------------------------------------------


async def rows(node: Call, frame: Frame) -> list[View]:
    """The rows of the menu that the ``where`` selects."""
    return [
        view
        for view in live.views(frame.session.device, node.menu)
        if await selects(node.where, frame, view)
    ]


def _references(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return [part for inner in value for part in _references(inner)]
    text = to_text(value)
    return [text] if isinstance(value, Id) else [part for part in text.split(",") if part]


def choose(session: Session, menu: str, references: Sequence[str]) -> list[View]:
    """Rows by internal id, name, or the number that the last ``print`` gave."""
    views = live.views(session.device, menu)
    found = []
    for reference in references:
        view = next((v for v in views if v.id == reference), None)
        if view is None and not reference.startswith("*"):
            view = next((v for v in views if _called(v, reference)), None)
        if view is None and reference.isdigit():
            view = _numbered(session, menu, int(reference), views)
        if view is None:
            raise ConsoleError("no such item")
        if view not in found:
            found.append(view)
    return found


def _called(view: View, reference: str) -> bool:
    """Whether a person would call the row so: by its name, or what is its whole key."""
    menu = view.menu
    if menu is not None and menu.kind == "fixed-list" and "name" not in menu.properties:
        return len(menu.key) == 1 and view.text(menu.key[0]) == reference
    return view.text("name") == reference


def _numbered(session: Session, menu: str, number: int, views: Sequence[View]) -> View | None:
    printed = session.printed.get(menu)
    if printed is None:
        known = session.device.schema.menus.get(menu)
        if known is not None and known.selector == "position" and number < len(views):
            return views[number]  # exports select so
        return None
    if number >= len(printed):
        return None
    return next((view for view in views if view.id == printed[number]), None)


async def _targets(node: Call, frame: Frame, *, least: int = 1) -> list[View]:
    references: list[str] = []
    given = False
    for argument in node.arguments:
        if argument.name in ("numbers", ".id") or (
            argument.name is None and not argument.negated and least
        ):
            given = True
            least -= argument.name is None
            value = (
                argument.value.text
                if isinstance(argument.value, Word)
                else await argument_value(argument, frame)
            )
            references += _references(value)
    if not given:
        raise ConsoleError("missing value(s) of argument(s) numbers")
    session = frame.session
    if not references and session.device.quirks.empty_find_fails:
        raise ConsoleError("expected item id")
    return choose(session, node.menu, references)


def _items(views: Sequence[View]) -> list[Item]:
    items = []
    for view in views:
        if view.item is None:
            raise ConsoleError("failure: can not change dynamic entry")
        items.append(view.item)
    return items


# -- reading -----------------------------------------------------------------------------------


def _flag_words(node: Call) -> set[str]:
    return {
        argument.value.text
        for argument in node.arguments
        if argument.name is None and isinstance(argument.value, Word)
    }


async def _option(node: Call, frame: Frame, name: str) -> str | None:
    for argument in node.arguments:
        if argument.name == name:
            return await argument_text(argument, frame)
    return None


async def print_(node: Call, frame: Frame) -> Value:
    """``print`` in all its forms."""
    session = frame.session
    device = session.device
    words = _flag_words(node)
    for argument in node.arguments:
        if argument.name is None and isinstance(argument.value, Word):
            single = live.is_single(device, node.menu)
            if argument.value.text not in _FORMS or (single and argument.value.text == "detail"):
                raise ConsoleError(
                    f"bad parameter {argument.value.text} "
                    f"(line {node.line} column {argument.column})"
                )
    sensitive = "show-sensitive" in words and "sensitive" in session.policies
    found = await rows(node, frame)
    if "count-only" in words:
        if frame.substituted:
            return len(found)
        session.write(f"{len(found)}\n")
        return len(found)
    if live.is_single(device, node.menu):
        return _print_single(found[0], words, session, sensitive=sensitive)
    columns = live.columns(device, node.menu)
    if "stats" in words:
        columns = live.with_counters(device, node.menu, found) or columns
    proplist = await _option(node, frame, "proplist")
    if proplist is not None:
        columns = tuple(proplist.split(","))
    if "as-value" in words:
        if session.via == "exec" and not device.quirks.as_value_over_exec:
            return None
        return [
            printing.record(
                view,
                columns
                if proplist is not None or ("detail" not in words and columns)
                else tuple(view.properties(sensitive=False)),
            )
            for view in found
        ]
    session.printed[node.menu] = [view.id for view in found]
    text = listing.text(
        device,
        node.menu,
        found,
        words,
        columns,
        chosen=proplist is not None,
        sensitive=sensitive,
        width=session.width,
        terminal=session.via == "shell",
    )
    file = await _option(node, frame, "file")
    if file is None:
        session.write(text)
    else:
        device.programs.write_text(file, text)
    return None


def _print_single(view: View, words: set[str], session: Session, *, sensitive: bool) -> Value:
    if "as-value" in words:
        return printing.record(view, tuple(view.properties(sensitive=False)))
    lines = printing.settings(view, sensitive=sensitive)
    session.write("".join(f"{line}\n" for line in lines) + "\n")
    return None


async def find(node: Call, frame: Frame) -> Value:
    """``find``: internal ids."""
    return [Id(view.id) for view in await rows(node, frame)]


async def get(node: Call, frame: Frame) -> Value:
    """``get``: one property of one item, or all of it."""
    session = frame.session
    plain = [argument for argument in node.arguments if argument.name is None]
    prop = await _option(node, frame, "value-name")
    if live.is_single(session.device, node.menu):
        view = live.views(session.device, node.menu)[0]
        if prop is None and plain:
            prop = await argument_text(plain[0], frame)
    else:
        number = next((a for a in node.arguments if a.name in ("number", "numbers")), None)
        number = number or (plain.pop(0) if plain else None)
        if number is None:
            raise ConsoleError("missing value(s) of argument(s) number")
        value = (
            number.value.text
            if isinstance(number.value, Word)
            else await argument_value(number, frame)
        )
        references = _references(value)
        if len(references) != 1:
            raise ConsoleError("no such item" if not references else "only one item expected")
        view = choose(session, node.menu, references)[0]
        if prop is None and plain:
            prop = await argument_text(plain[0], frame)
    if prop is None:
        return printing.record(
            view, tuple(view.properties(sensitive="sensitive" in session.policies))
        )
    if not view.knows(prop) or prop == ".id":
        raise ConsoleError("input does not match any value of value-name")
    if _is_secret(view.menu, prop):
        require(session, "sensitive")
    return view.value(prop)


def _is_secret(menu: Menu | None, prop: str) -> bool:
    return menu is not None and prop in menu.properties and menu.properties[prop].sensitive


async def export_(node: Call, frame: Frame) -> Value:
    """``export`` of a menu and its children."""
    from sekayu_net.lab.console.programs import write_export

    return await write_export(node, frame)


# -- editing -----------------------------------------------------------------------------------


async def given(
    node: Call, frame: Frame, *, skip: frozenset[str] = frozenset()
) -> tuple[dict[str, str], list[str]]:
    """The properties that a command sets and unsets."""
    values: dict[str, str] = {}
    unset: list[str] = []
    for argument in node.arguments:
        if argument.negated:
            unset.append(argument.name or "")
        elif argument.name is not None and argument.name not in skip:
            values[argument.name] = await argument_text(argument, frame)
    return values, unset


_NOT_PROPERTIES = frozenset({"place-before", "copy-from", "numbers", ".id"})


def _check_names(menu: Menu, node: Call, names: Sequence[str]) -> None:
    unknown = edit.unknown_argument(menu, names)
    if unknown is not None:
        raise ConsoleError(f"bad parameter {unknown} (line {node.line} column {node.column})")


async def _flag_properties(node: Call, menu: Menu, skip: int) -> dict[str, str]:
    """Bare words after the item: flags such as ``blackhole``."""
    words = {}
    for argument in [a for a in node.arguments if a.name is None][skip:]:
        word = argument.value.text if isinstance(argument.value, Word) else ""
        if word not in menu.properties:
            raise ConsoleError(
                f"expected end of command (line {node.line} column {argument.column})"
            )
        words[word] = "yes"
    return words


async def _one(node: Call, frame: Frame, name: str) -> Item | None:
    argument = next((a for a in node.arguments if a.name == name), None)
    if argument is None:
        return None
    value = (
        argument.value.text
        if isinstance(argument.value, Word)
        else await argument_value(argument, frame)
    )
    references = _references(value)
    if not references:
        if frame.session.device.quirks.empty_find_fails:
            raise ConsoleError("expected item id")
        raise ConsoleError("no such item")
    return _items(choose(frame.session, node.menu, references[:1]))[0]


async def add(node: Call, frame: Frame) -> Value:
    """``add``: the new item's internal id."""
    device = frame.session.device
    menu = device.schema.menus[node.menu]
    values, _ = await given(node, frame, skip=_NOT_PROPERTIES)
    values |= await _flag_properties(node, menu, 0)
    _check_names(menu, node, list(values))
    before = await _one(node, frame, "place-before")
    copied = await _one(node, frame, "copy-from")
    device.allow_add(node.menu)
    item = edit.add(device.state, node.menu, values, before=before, copy_from=copied)
    device.added(item, frame.session)
    return Id(item.id)


async def set_(node: Call, frame: Frame) -> Value:
    """``set`` of items or settings."""
    device = frame.session.device
    if node.menu != "/interface" and live.is_single(device, node.menu):
        menu = device.schema.menus[node.menu]
        values, unset = await given(node, frame)
        values |= await _flag_properties(node, menu, 0)
        values = device.take_settings(node.menu, values)
        _check_names(menu, node, list(values))
        if edit.change(device.state, device.state.single(node.menu), values, unset):
            device.edited(node.menu, frame.session, "changed", tuple(values))
        return None
    targets = _items(await _targets(node, frame))
    values, unset = await given(node, frame, skip=_NOT_PROPERTIES)
    changed = False
    for item in targets:
        flags = await _flag_properties(node, item.menu, _positions(node))
        _check_names(item.menu, node, list(values))
        changed |= edit.change(device.state, item, values | flags, unset)
    if changed:
        device.edited(node.menu, frame.session, "changed", tuple(values))
    return None


def _positions(node: Call) -> int:
    return 0 if any(a.name in ("numbers", ".id") for a in node.arguments) else 1


async def unset(node: Call, frame: Frame) -> Value:
    """``unset <items> <property>``."""
    device = frame.session.device
    plain = [argument for argument in node.arguments if argument.name is None]
    name = await _option(node, frame, "value-name")
    if name is None:
        if len(plain) < 2:
            raise ConsoleError("missing value(s) of argument(s) value-name")
        name = await argument_text(plain[1], frame)
    for item in _items(await _targets(node, frame)):
        edit.change(device.state, item, {}, [name])
    device.edited(node.menu, frame.session, "changed", (name,))
    return None


async def remove(node: Call, frame: Frame) -> Value:
    """``remove``."""
    device = frame.session.device
    targets = _items(await _targets(node, frame))
    for item in targets:
        edit.remove(device.state, item)
    if targets:
        device.edited(node.menu, frame.session, "removed")
    return None


async def move(node: Call, frame: Frame) -> Value:
    """``move <items> [<before>]``."""
    device = frame.session.device
    plain = [argument for argument in node.arguments if argument.name is None]
    named = {argument.name: argument for argument in node.arguments if argument.name}
    first = named.get("numbers") or (plain.pop(0) if plain else None)
    second = named.get("destination") or (plain.pop(0) if plain else None)
    if first is None:
        raise ConsoleError("missing value(s) of argument(s) numbers")
    items = _items(choose(frame.session, node.menu, await _reference_list(first, frame)))
    before = None
    if second is not None:
        wanted = await _reference_list(second, frame)
        if not wanted:
            raise ConsoleError("no such item")
        before = _items(choose(frame.session, node.menu, wanted[:1]))[0]
    edit.move(device.state, items, before)
    if items:
        device.edited(node.menu, frame.session, "moved")
    return None


async def _reference_list(argument: Argument, frame: Frame) -> list[str]:
    if isinstance(argument.value, Word):
        return _references(argument.value.text)
    return _references(await argument_value(argument, frame))


async def _switch(node: Call, frame: Frame, value: str) -> Value:
    device = frame.session.device
    for item in _items(await _targets(node, frame)):
        if "disabled" not in item.menu.properties:
            raise ConsoleError("failure: can not disable this entry")
        edit.change(device.state, item, {"disabled": value})
    device.edited(node.menu, frame.session, "changed", ("disabled",))
    return None


async def enable(node: Call, frame: Frame) -> Value:
    """``enable``."""
    return await _switch(node, frame, "no")


async def disable(node: Call, frame: Frame) -> Value:
    """``disable``."""
    return await _switch(node, frame, "yes")


async def comment(node: Call, frame: Frame) -> Value:
    """``comment <items> comment=``."""
    device = frame.session.device
    text = await _option(node, frame, "comment")
    plain = [argument for argument in node.arguments if argument.name is None]
    if text is None:
        text = await argument_text(plain[1], frame) if len(plain) > 1 else ""
    for item in _items(await _targets(node, frame)):
        edit.change(device.state, item, {"comment": text})
    device.edited(node.menu, frame.session, "changed", ("comment",))
    return None


_GENERIC = {
    "print": print_, "find": find, "get": get, "export": export_, "add": add, "set": set_,
    "unset": unset, "remove": remove, "move": move, "enable": enable, "disable": disable,
    "comment": comment,
}  # fmt: skip
__all__ = ["Code", "InterruptedRunError", "choose", "require", "rows", "run_command", "to_argument"]
