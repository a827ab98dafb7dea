"""YAML quickly: plain documents without nodes, and large ones in pieces by several processes.

Only what is plain is read here: `NotPlain` says that a document must be read by ``yaml_lines`` in
the long way, which knows every kind of value and finds the words and the line for every fault.
Why cutting is sound: decision 0022. Run as a module, this reads pieces for another process.
"""

from __future__ import annotations

import gc
import marshal
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from sys import intern
from typing import IO, Any, cast

import yaml

from sekayu_net.system import cores, deaf_children

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Characters of a piece, about; of a document for which a process more is worth its start (some
#: 50 ms); and the most processes, since other things than reading take longest from there on.
PIECE = 250_000
EACH = 1_000_000
MOST = 4

#: A key that is certainly one where a line begins with it.
_KEY = r"""(?:\w[\w.-]{0,99}|'[\w.-]{1,99}'|"[\w.-]{1,99}"):(?=[ \n])"""
_REMARKS = r"(?: *(?:#[^\n]*)?\n)*"
#: What may stand before the first key; where something begins at the edge; what may.
_HEAD = re.compile(rf"{_REMARKS}(?:--- *\n{_REMARKS})?")
_EDGE = re.compile(r"\n(?=[^ \n#])")
_OUTERMOST = re.compile(rf"(?P<key>{_KEY})|(?P<item>- )", re.ASCII)
#: A key with a block below it, up to the block's first entry.
_BLOCK = re.compile(
    rf"(?P<key>{_KEY})(?: +#[^\n]*| *)\n{_REMARKS}(?P<depth> *)(?:(?P<item>- )|{_KEY})", re.ASCII
)
#: What YAML takes for the end of a line too: it would hide the beginning of one from us.
_OTHER_ENDS = "\r\x85\u2028\u2029"

#: What tags of plain scalars are read by; anything else is not plain.
_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "null", "timestamp")}


class NotPlain(Exception):  # noqa: N818 - no fault: it says who is to read
    """The document has something that only the long way can judge, or is broken."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a document that can be read by itself.

    It has whole keys; with ``more``, only more entries of the key that the one before ends with.
    """

    text: str
    more: bool = False


def parsed(text: str) -> object:
    """What a document says, or ``NotPlain``."""
    count = how_many(len(text))
    pieces = cut(text, PIECE) if count > 1 else []
    if len(pieces) < count:
        return plain(text)
    with _documents(pieces, count) as documents:
        return joined(pieces, documents)


def how_many(size: int) -> int:
    """How many processes are worth while for a document of so many characters."""
    # What Python is embedded in, or frozen into, would be run instead of it.
    able = Path(sys.executable or "").name.startswith("python")
    return max(1, min(cores(), size // EACH, MOST)) if able else 1


def plain(text: str) -> Any:
    """What a document says that has nothing but words, numbers, dates, lists and plain keys."""
    loader = _Loader(text)
    try:
        return _document(loader.get_event, _scalars(loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotPlain from error
    finally:
        loader.dispose()


def _scalars(loader: Any) -> Callable[[Any], Any]:
    """How a scalar is read. Of equal words one is kept."""
    quoted: dict[str, str] = {}
    bare: dict[str, Any] = {}
    implicit, constructors = loader.yaml_implicit_resolvers, loader.yaml_constructors

    def meant(word: str) -> Any:
        """A word that is not in quotes may be something else."""
        for tag, form in implicit.get(word[:1], ()):
            if form.match(word):
                if tag not in _SCALARS:
                    raise NotPlain
                return constructors[tag](loader, yaml.ScalarNode(tag, word))
        return word

    def scalar(event: Any) -> Any:
        if event.anchor is not None or event.tag is not None:
            raise NotPlain
        word = event.value
        if not event.implicit[0]:
            return quoted.setdefault(word, word)
        found = bare.get(word)
        if found is None:
            found = bare[word] = meant(word)
        return found

    return scalar


def _document(next_event: Callable[[], Any], scalar: Callable[[Any], Any]) -> Any:
    """The only document of a stream of events."""
    # Names of this function: they are looked up a million times.
    word, begin, end, end_of_list = (
        yaml.ScalarEvent,
        yaml.MappingStartEvent,
        yaml.MappingEndEvent,
        yaml.SequenceEndEvent,
    )

    def expect(kind: type) -> None:
        if type(next_event()) is not kind:
            raise NotPlain

    def value(event: Any) -> Any:
        """Of what begins with this event: no scalar."""
        if event.anchor is not None or event.tag is not None:
            raise NotPlain
        if type(event) is begin:
            return mapping()
        found = []
        while (kind := type(event := next_event())) is not end_of_list:
            found.append(scalar(event) if kind is word else value(event))
        return found

    def mapping() -> dict[str, Any]:
        found: dict[str, Any] = {}
        count = 0
        while (kind := type(event := next_event())) is not end:
            key = scalar(event) if kind is word else None
            if type(key) is not str:
                raise NotPlain
            event = next_event()
            found[intern(key)] = scalar(event) if type(event) is word else value(event)
            count += 1
        if len(found) < count:  # a key stands there twice
            raise NotPlain
        return found

    expect(yaml.StreamStartEvent)
    expect(yaml.DocumentStartEvent)
    event = next_event()
    data = scalar(event) if type(event) is word else value(event)
    expect(yaml.DocumentEndEvent)
    expect(yaml.StreamEndEvent)
    return data


def cut(text: str, size: int) -> list[Piece]:
    """The document in pieces of about ``size`` characters; empty when it can't safely be cut.

    It is cut between two of its outermost keys, and between two entries of a block list or mapping
    that is the value of one.
    """
    starts = _outer_keys(text)
    pieces: list[Piece] = []
    done = 0  # how far the pieces go
    for start, end in pairwise([*starts, len(text)] if starts else []):
        block = _BLOCK.match(text, start, end) if end - start > size else None
        if block is not None:
            if done < start != starts[0]:
                pieces.append(Piece(text[done:start]))
                done = start
            pieces += _entries(text, done, end, block, size)
        elif end - done >= size:
            pieces.append(Piece(text[done:end]))
        else:
            continue
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return pieces


def _outer_keys(text: str) -> list[int]:
    """Where the outermost keys begin; empty when there is more than keys, or perhaps more."""
    if any(end in text for end in _OTHER_ENDS):
        return []
    head = cast("re.Match[str]", _HEAD.match(text)).end()
    starts: list[int] = []
    listed = False  # whether the value of the last key is a list that is not indented
    for start in chain([head], (edge.end() for edge in _EDGE.finditer(text, head))):
        found = _OUTERMOST.match(text, start)
        if found is None or (found["item"] and not listed):
            return []
        if found["key"]:
            starts.append(start)
            block = _BLOCK.match(text, start)
            listed = block is not None and bool(block["item"]) and not block["depth"]
    return starts


def _entries(text: str, start: int, end: int, block: re.Match[str], size: int) -> Iterator[Piece]:
    """The pieces from ``start`` on, cut where a line begins an entry of the block."""
    entry = re.compile(rf"\n(?={block['depth']}{'- ' if block['item'] else _KEY})", re.ASCII)
    before, at = "", max(start + size, block.start("depth"))
    while found := entry.search(text, at, end):
        yield Piece(before + text[start : found.end()], more=bool(before))
        before, start = f"{block['key']}\n", found.end()
        at = start + size
    yield Piece(before + text[start:end], more=bool(before))


def joined(pieces: Sequence[Piece], documents: Iterable[object]) -> dict[str, Any]:
    """The document of which these are the pieces, and what each says."""
    whole: dict[str, Any] = {}
    for piece, document in zip(pieces, documents, strict=True):
        if type(document) is not dict:
            raise NotPlain
        if piece.more:
            if [next(reversed(whole))] != list(document):
                raise NotPlain
            ((key, more),) = document.items()
            _add(whole[key], more)
        else:
            _add(whole, document)
    return whole


def _add(had: Any, more: Any) -> None:
    """The entries of a list or mapping behind those that were there."""
    if type(had) is list and type(more) is list:
        had.extend(more)
    elif type(had) is dict and type(more) is dict and had.keys().isdisjoint(more):
        had.update(more)
    else:
        raise NotPlain


@contextmanager
def _documents(pieces: Sequence[Piece], count: int) -> Iterator[Iterator[object]]:
    """What each piece says, read by so many processes, this one among them."""
    ends = [len(pieces) * number // count for number in range(count + 1)]
    own, *others = [pieces[start:end] for start, end in pairwise(ends)]
    readers = [_reader(part) for part in others]

    def documents() -> Iterator[object]:
        yield from (plain(piece.text) for piece in own)
        for part, reader in zip(others, readers, strict=True):
            for piece, said in zip(part, _said(reader, len(part)), strict=True):
                yield plain(piece.text) if said is None else marshal.loads(said)  # noqa: S302 - from a process of ours

    try:
        yield documents()
    finally:
        for reader in readers:
            if reader is not None:
                with reader:  # closes its pipes, waits for its end
                    reader.kill()


def _reader(part: Sequence[Piece]) -> subprocess.Popen[bytes] | None:
    """A process that reads these pieces; None where none can be had.

    Neither forked, since there may be threads, nor spawned, which would run the script of whoever
    called us once more.
    """
    command = [sys.executable, "-P", "-m", "sekayu_net.yaml_pieces"]
    # Where these are, wherever this process found them; nothing else of a project's or a script's.
    packages = (str(Path(str(file)).parents[1]) for file in (__file__, yaml.__file__))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(packages)}
    pipe = subprocess.PIPE
    with suppress(OSError), deaf_children():
        reader = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
        )
        with suppress(OSError), cast("IO[bytes]", reader.stdin) as stream:
            stream.write(marshal.dumps([piece.text for piece in part]))
        return reader
    return None


def _said(reader: subprocess.Popen[bytes] | None, count: int) -> Sequence[bytes | None]:
    """What a reader says of its pieces; None for one that is to be read here."""
    if reader is not None:
        with suppress(OSError, EOFError, ValueError, TypeError):
            said = marshal.loads(cast("IO[bytes]", reader.stdout).read())  # noqa: S302 - as above
            if type(said) is list and len(said) == count:
                return said
    return [None] * count


def main() -> None:
    """Read pieces for another process: a list of texts comes in, what they say goes out."""
    gc.disable()
    texts = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - from the process that started this
    sys.stdout.buffer.write(marshal.dumps([_told(text) for text in texts]))


def _told(text: str) -> bytes | None:
    with suppress(NotPlain, ValueError):  # what is not plain, or a date: for the other process
        return marshal.dumps(plain(text))
    return None


if __name__ == "__main__":
    main()
