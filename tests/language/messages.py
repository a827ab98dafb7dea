"""Which texts of the package are messages: found by where they stand, never by running anything.

A message is a literal or an f-string that is given to an error, to what writes on a terminal, to a
keyword such as ``hint=``, that stands in a command's help, that reads as a sentence, or that is
marked by ``said()`` or ``translated()``.
An f-string becomes a message with fields: ``f"no host {name}"`` is ``no host {name}``; where
constants alternate (``{'s' if n != 1 else ''}``), each alternative is a message of its own.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import jinja2
import yaml
from jinja2 import nodes

from sekayu_net import audit, journal, plan
from sekayu_net.platforms.base import FindingKind
from sekayu_net.report import status


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Functions whose text reaches a person: by the last part of the name they are called by.
TELLING = _set("""
    said translated result progress warn confirm can_ask print Text append table
    add_column add_row rule Problem Verdict Note Entry Check note Step meant file_meant
""")
#: Functions of which only some calls are meant: told by what they are called on.
ONLY_ON = {
    "print": re.compile(r"console$"),
    "append": re.compile(
        r"told|notes?|lines?|parts|warnings|problems|reasons|words|said|left|rows|found"
    ),
    "result": re.compile(r"^output$|^$"),
    "progress": re.compile(r"^output$|^$"),
    "rule": re.compile(r"console"),
}
#: Arguments, and names of texts that are put together, that reach a person.
KEYWORDS = _set("""
    hint help reason message title note question fix advice summary what_next words
""")
ASSIGNED = KEYWORDS | {"told", "more", "text"}
#: The most alternatives of one f-string.
ALTERNATIVES = 32
_WORD = re.compile(r"[A-Za-z]{2,}")
#: Words that only people say: several words with one of these are a message wherever they stand.
_PEOPLES = """the is are isn't not no none nobody of to a an in it its that with by for and or was
be can can't cannot has have had this these those there what which who from at on nothing every each
any than before after more other others another already must may would will does do did they them
only still yet then when while until so too as need needs say says into again
onto through without"""
_SAID = re.compile(rf"(?:^|(?<=[ ({{}}]))(?:{'|'.join(_PEOPLES.split())})(?=[ ,.;:)]|$)")
#: What is no message although it looks like one: patterns, SQL, markup, commands.
_CODE = re.compile(
    r"\\[dSWws(.]|\(\?|\[\^"
    r"|^\s*(?:INSERT|SELECT|CREATE|UPDATE|DELETE|SET|ALTER|DROP|WITH|ORDER BY|WHERE|AND|FROM) "
    r"|^(?:[:/#<]|``)|^--?[a-z]|^\S*[._=<>/|]\S*$"
    r"|^(?:no|ip|set|show|add|exit|end|do) [a-z{}-]+(?: [a-z{}-]+)?$|~\S*\"|^SEKAYU_\w+$"
    r"|^(?:yes|no|set|add|move|remove|find)$|\bNOT NULL\b|\bON CONFLICT\b"
)
#: A command of ours, alone: to be copied in every language.
_COMMAND = re.compile(r"(?:Example: )?sekayu-net(?: [\w{}./'=-]+)*")
#: What of the lab speaks to people; the rest speaks a device's own words.
LAB = ("lab/process", "lab/faults", "lab/district", "lab/conditions", "lab/flapping", "lab/node.")


@dataclass
class Message:
    """A message, its plural (``1 device``, ``2 devices``), and where it stands."""

    text: str
    plural: str | None = None
    places: list[tuple[str, int]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class Fields:
    """Names for what stands between braces: as the code calls it, each value one name."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, node: ast.expr) -> str:
        """The field's name for an expression; the same for the same expression."""
        key = ast.dump(node)
        if key not in self._names:
            base = re.sub(r"\W", "", called(node).strip("_")).lower() or "value"
            taken = set(self._names.values())
            name = base
            for number in itertools.count(2):
                if name not in taken:
                    break
                name = f"{base}{number}"
            self._names[key] = name
        return self._names[key]


def called(node: ast.expr) -> str:
    """What the code calls a value."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Name(id="counted"), args=[_, ast.Constant(value=str(noun)), *_]):
            return f"{noun.split()[-1]}s"
        case ast.Call(func=ast.Attribute(attr="join"), args=[argument, *_]):
            return called(argument)
        case ast.Call(func=ast.Name(id=name), args=[argument, *_]) if name in PASSING:
            return "count" if name in {"len", "sum"} else called(argument)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in PASSING:
            return called(value)
        case ast.Call(func=function):
            return called(function)
        case ast.Subscript(value=value):
            return called(value)
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return called(element)
        case ast.BoolOp(values=[first, *_]):
            return called(first)
        case ast.IfExp(body=body, orelse=orelse):
            return called(orelse) if isinstance(body, ast.Constant) else called(body)
        case ast.BinOp(left=left):
            return called(left)
        case ast.Starred(value=value) | ast.Await(value=value):
            return called(value)
        case _:
            return "value"


#: Functions that say nothing of what they return.
PASSING = _set("""
    str repr len sum strip rstrip lower get replace split removeprefix removesuffix
    isoformat astimezone sorted list tuple set max min int round map dict translated said
    abs
""")


def texts(node: ast.expr, names: Fields | None = None) -> list[str]:
    """The messages that an expression can be; none where it is no text that stands here."""
    names = names or Fields()
    match node:
        case ast.Constant(value=str(value)):
            return [value.replace("{", "{{").replace("}", "}}")]
        case ast.JoinedStr(values=values):
            parts = [_part(value, names) for value in values]
            number = 1
            for part in parts:
                number *= len(part)
            if number > ALTERNATIVES:
                raise ValueError(f"line {node.lineno}: too many alternatives in one text")
            return ["".join(chosen) for chosen in itertools.product(*parts)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*texts(body, names), *texts(orelse, names)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in texts(value, names)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            ends = texts(right, names) or [f"{{{names.name(right)}}}"]
            starts = texts(left, names) or [f"{{{names.name(left)}}}"]
            return [a + b for a in starts for b in ends]
        case ast.Call(func=ast.Name(id="said" | "translated"), args=[argument, *_]):
            return texts(argument, names)
        case ast.Call(func=ast.Attribute(value=value, attr="rstrip" | "strip" | "capitalize")):
            return texts(value, names)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.List(elts=parts)]):
            return [text for part in parts for text in texts(part)]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return [text for part in parts for text in texts(part)]
        case ast.Starred(value=value) | ast.GeneratorExp(elt=value) | ast.ListComp(elt=value):
            return texts(value)
        case _:
            return []


def _part(node: ast.expr, names: Fields) -> list[str]:
    if isinstance(node, ast.FormattedValue):
        inner = node.value
        if isinstance(inner, ast.IfExp | ast.JoinedStr):
            sides = [inner.body, inner.orelse] if isinstance(inner, ast.IfExp) else [inner]
            found = [texts(side, names) or [f"{{{names.name(side)}}}"] for side in sides]
            return [text for side in found for text in side]
        return [f"{{{names.name(inner)}}}"]
    return texts(node, names)


class Finder(ast.NodeVisitor):
    """Collects the messages of one module."""

    def __init__(self, place: str, errors: frozenset[str], helps: Mapping[int, str]) -> None:
        self.place = place
        self.errors = errors
        self.found: list[Message] = []
        for line, text in helps.items():
            for paragraph in text.split("\n\n"):
                self._add(" ".join(paragraph.split()).replace("{", "{{").replace("}", "}}"), line)

    def visit_Constant(self, node: ast.Constant) -> None:
        """What reads as a sentence is one, wherever it stands."""
        self._keep(node, anywhere=True)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """An f-string that reads as a sentence."""
        self._keep(node, anywhere=True)
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)

    def visit_Call(self, node: ast.Call) -> None:
        """What is said by a call: an error, a line on the terminal, help."""
        name = _last(node.func)
        if name == "said_with_fields":
            self._add(ast.literal_eval(node.args[0]), node.lineno)
            return  # its braces are fields, not text
        if name == "counted":
            self._counted(node)
        elif self._speaks(name, node):
            for argument in node.args:
                self._keep(argument)
        for keyword in node.keywords:
            if keyword.arg in KEYWORDS:
                self._keep(keyword.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """``KEYWORDS`` as names of what is kept for later: ``hint = …``."""
        names = {t.id for t in node.targets if isinstance(t, ast.Name)}
        if names & ASSIGNED:
            self._keep(node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """``told += …``."""
        if isinstance(node.target, ast.Name) and node.target.id in KEYWORDS | {
            "told",
            "more",
            "text",
        }:
            self._keep(node.value)
        self.generic_visit(node)

    def _speaks(self, name: str, node: ast.Call) -> bool:
        if name in self.errors:
            return True
        if name not in TELLING:
            return False
        on = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        return name not in ONLY_ON or bool(ONLY_ON[name].search(on))

    def _counted(self, node: ast.Call) -> None:
        if len(node.args) > 1:
            for one in texts(node.args[1]):
                many = texts(node.args[2])[0] if len(node.args) > 2 else f"{one}s"
                self._add(f"{{count}} {one}", node.lineno, plural=f"{{count}} {many}")

    def _keep(self, node: ast.expr, *, anywhere: bool = False) -> None:
        for text in texts(node):
            for line in text.split("\n"):
                if not anywhere or reads_as_sentence(line.strip()):
                    self._add(line.strip(), node.lineno)

    def _add(self, text: str, line: int, *, plural: str | None = None) -> None:
        bare = re.sub(r"\{\w+\}", "", text)
        command = _COMMAND.fullmatch(text) and not reads_as_sentence(text)
        if _WORD.search(bare) and not _CODE.search(text) and not command:
            self.found.append(Message(text, plural, [(self.place, line)]))


def reads_as_sentence(text: str) -> bool:
    """Whether a text is meant for people: some words, one of them of the kind that joins others."""
    bare = re.sub(r"\{\w+\}", "", text)
    return len(_WORD.findall(bare)) > 1 and bool(_SAID.search(bare))


def helps_of(tree: ast.Module) -> Mapping[int, str]:
    """Line and docstring of each command: its help."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            used = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
            registered = {"command", "callback"} & {_last(each) for each in used}
            takes_context = any(argument.arg == "ctx" for argument in node.args.args)
            text = ast.get_docstring(node)
            if text and (registered or takes_context or "typer." in ast.unparse(node.args)):
                found[node.lineno] = text
    return found


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree without the words that are only for readers of the code."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                each
                for each in body
                if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ] or [ast.Pass()]
    return tree


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def errors_of(root: Path) -> frozenset[str]:
    """The classes whose first word is an error's message: all of ours, and what pydantic tells."""
    found = {"ValueError"}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                found.add(node.name)
    return frozenset(found)


def of_package(root: Path) -> Iterator[Message]:
    """The messages of the package's Python below ``root`` (``sekayu_net/``)."""
    errors = errors_of(root)
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root.parent).as_posix()
        inside = place.removeprefix(f"{root.name}/")
        if inside.startswith("lab/") and not inside.startswith(LAB):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        finder = Finder(place, errors, helps_of(tree) if "/cli/" in place else {})
        finder.visit(without_docstrings(tree))
        yield from finder.found


def together(messages: Iterable[Message]) -> list[Message]:
    """One of each text, with all its places."""
    found: dict[str, Message] = {}
    for message in messages:
        known = found.setdefault(message.text, Message(message.text))
        known.plural = known.plural or message.plural
        known.places += message.places
    return list(found.values())


def of_templates(root: Path) -> Iterator[Message]:
    """The messages of the package's pages: what the filter ``translated`` is given."""
    environment = jinja2.Environment(trim_blocks=True)  # noqa: S701 - nothing is rendered
    environment.filters["translated"] = str
    for path in sorted(root.glob("*/templates/*.j2")):
        place = path.relative_to(root.parent).as_posix()
        source = path.read_text(encoding="utf-8")
        # Filters of the pages are of no account here: only where texts stand is.
        for name in set(re.findall(r"\|\s*(\w+)", source)) - set(environment.filters):
            environment.filters[name] = str
        for found in environment.parse(source).find_all(nodes.Filter):
            if found.name == "translated" and found.node is not None:
                for text in template_texts(found.node, Fields()):
                    if _WORD.search(re.sub(r"\{\w+\}", "", text)):
                        yield Message(text, None, [(place, found.lineno)])


def template_texts(node: nodes.Node, names: Fields) -> list[str]:
    """The messages that an expression of a template can be."""
    match node:
        case nodes.Const(value=str(value)):
            return [value.replace("{", "{{").replace("}", "}}")]
        case nodes.TemplateData(data=value):
            return [value]
        case nodes.Concat(nodes=parts):
            found = [template_texts(part, names) or [f"{{{_field(part)}}}"] for part in parts]
            return ["".join(chosen) for chosen in itertools.product(*found)]
        case nodes.CondExpr(expr1=first, expr2=second):
            return [
                *template_texts(first, names),
                *(template_texts(second, names) if second else [""]),
            ]
        case nodes.Or(left=left, right=right):
            return [*template_texts(left, names), *template_texts(right, names)]
        case _:
            return []


def _field(node: nodes.Node) -> str:
    match node:
        case nodes.Getattr(attr=name) | nodes.Name(name=name):
            return str(name)
        case nodes.Filter(node=inner) if inner is not None:
            return _field(inner)
        case _:
            return "value"


def of_states() -> Iterator[str]:
    """The names of states, of devices, offices, audits and findings: pages say them as words."""
    told = (
        *(journal.State, status.OfficeState, plan.HostStatus),
        *(audit.Status, audit.Severity, FindingKind),
    )
    yield from sorted({name for names in told for name in get_args(names)})


def of_project(root: Path) -> Iterator[Message]:
    """What the reference project says to people: its compliance rules."""
    path = root / "inventory" / "rules.yaml"
    for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
        for key in ("message", "fix"):
            if rule.get(key):
                text = str(rule[key]).replace("{", "{{").replace("}", "}}")
                yield Message(text, None, [("inventory/rules.yaml", 0)])
