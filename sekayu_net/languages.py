"""The language that a person is spoken to, and how English text is told in it.

Code says everything in English, once: in errors, notes, reasons of refusals, help. So do records:
journal, plan, archive and ``--json`` stay the same whoever reads them, also a colleague of another
language or a timer without any. A text becomes another language where a person sees it, by
``translated``: it finds the message that the text was made from in gettext's catalogue
(``locale/``) and puts the names and numbers of the text into the translation (decision 0019). What
the catalogue doesn't know passes through unchanged: configuration, names, a device's own words.

Which texts of the package are messages is decided by ``tests/language``, which also writes the
catalogue. A text that stands in no place where messages stand is marked: ``said("done")``.
"""

from __future__ import annotations

import os
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "id"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
#: gettext's folders: ``<language>/LC_MESSAGES/sekayu_net.po``.
LOCALE = Path(__file__).with_name("locale")

#: Texts whose telling is remembered.
KEPT = 4096
#: Letters of the longest text that is taken for one message: what is longer holds a device's words.
LONGEST = 2000
#: The context of the names of states in a catalogue.
STATE = "state"

#: What ends a part of a text, from the strongest: parts are told one by one where the whole is
#: no message.
SEPARATORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\s*\n\s*)",
        r"(\s{2,})",
        r"(\s*;\s+)",
        r"((?<=[.?!])\s+)",
        r"((?<=:)\s+)",
        r"(:$)",
        r"(\s+·\s+)",
        r"(\s+(?=\())",
        r"((?<=\))\s+)",
        r"(,\s+)",
        r"(^\(|\)$)",
    )
)
#: What lays columns out.
GAP = re.compile(r"\S\s{2,}\S")
#: A field that stands for a number: else ``sekayu-net runs`` would be some runs.
COUNT = re.compile(r"count\d*")
_WORD = re.compile(r"[^\W\d_]{2,}")

_chosen: Language = "en"
_here: ContextVar[Language | None] = ContextVar("language", default=None)


def speak(language: Language) -> None:
    """From now on the whole program speaks ``language``."""
    global _chosen  # noqa: PLW0603 - a program has one user, and threads of all libraries tell him
    _chosen = language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """``language`` for what is told in this block: a message to somebody else."""
    token = _here.set(language)
    try:
        yield
    finally:
        _here.reset(token)


def spoken() -> Language:
    """The language that is told now."""
    return _here.get() or _chosen


def of_locale(environ: Mapping[str, str] = os.environ) -> Language:
    """The language that the environment's locale asks for, as gettext looks for it."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "id" if value.split(".")[0].split("_")[0] in {"id", "in"} else "en"
    return "en"


def said(text: str) -> str:
    """Mark ``text`` (English, a literal or an f-string) as a message; returns it unchanged."""
    return text


def said_with_fields(text: str) -> str:
    """Mark a literal whose fields are in braces: what a library says, what is formatted later."""
    return text


def translated(text: str) -> str:
    """English ``text`` in the language spoken now; as it is where no message is known.

    Texts made of several messages (``reason; hint``, columns, lines) are told part by part.
    """
    language = spoken()
    if language == "en" or not text:
        return text
    return catalogue(language).tell(text)


def shown(text: str) -> str:
    """``translated``, and the names of states in it too (``1 of 3 drift``): for pages.

    A terminal keeps those names as they are in ``--json`` and in the guide.
    """
    language = spoken()
    return text if language == "en" else catalogue(language).name_states(translated(text))


@dataclass(frozen=True)
class Pattern:
    """One message: ``{name}`` in ``source`` (English) and ``target`` stands for any text."""

    source: str
    target: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that a text of this message has for sure: none that a field touches."""
        touched = re.compile(r"[^\W\d_]*\{\w*\}[^\W\d_]*")
        marked = "".join(
            f"{text}{'{}' if name is not None else ''}" for text, name in fields(self.source)
        )
        return tuple(_WORD.findall(touched.sub(" ", marked)))

    @cached_property
    def weight(self) -> int:
        """How many letters of the message are fixed."""
        return sum(_letters(literal) for literal, _ in fields(self.source))

    @cached_property
    def expressions(self) -> tuple[re.Pattern[str], ...]:
        """Match the texts of this message: with short first values, and with long ones."""
        named = [name for _, name in fields(self.source) if name is not None]
        return tuple(self._expression(some) for some in (".*?", ".*")[: 1 + (len(named) > 1)])

    def _expression(self, some: str) -> re.Pattern[str]:
        parts, seen = [], set()
        for literal, name in fields(self.source):
            parts.append(re.escape(literal))
            if name is not None:
                any_text = r"\d+" if COUNT.fullmatch(name) else some
                parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{any_text})")
                seen.add(name)
        return re.compile("".join(parts), re.DOTALL)

    def values(self, text: str) -> Iterator[Mapping[str, str]]:
        """What may stand for each name in ``text``; nothing where it is not of this message."""
        before = None
        for expression in self.expressions:
            found = expression.fullmatch(text)
            if found is not None and found.groupdict() != before:
                before = found.groupdict()
                yield before


@cache
def fields(message: str) -> tuple[tuple[str, str | None], ...]:
    """Fixed text and the name of the field behind it, one after the other."""
    return tuple((literal, name) for literal, name, _, _ in string.Formatter().parse(message))


class Catalogue:
    """The messages of one language, ready to be found by a finished text."""

    def __init__(
        self, messages: Iterable[tuple[str, str]], states: Mapping[str, str] | None = None
    ) -> None:
        self._states = dict(states or {})
        longest = sorted(self._states, key=len, reverse=True)
        self._state = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])")
        self._exact: dict[str, str] = {}
        self._known: dict[str, tuple[str, int]] = {}
        patterns = []
        for source, target in messages:
            if source in self._states:
                continue  # on a terminal they are names
            pattern = Pattern(source, target)
            if any(name is not None for _, name in fields(source)):
                patterns.append(pattern)
            else:
                self._exact[source.format()] = target.format()
            self._exact.setdefault(source, target)  # a library's own, before it puts values in
        # Each pattern is kept under its rarest word: a text is compared with few.
        counts = Counter(word for pattern in patterns for word in set(pattern.words))
        self._by_word: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            if pattern.words:
                rarest = min(pattern.words, key=lambda word: (counts[word], word))
                self._by_word.setdefault(rarest, []).append(pattern)

    def name_states(self, text: str) -> str:
        """``text`` with every state's name in this language."""
        return self._state.sub(lambda found: self._states[found[0]], text) if self._states else text

    def tell(self, text: str) -> str:
        """``text`` in this language, part by part where the whole is unknown."""
        return self._explain(text)[0]

    def _explain(self, text: str) -> tuple[str, int]:
        """``text`` told, and how many of its letters some message accounts for."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) > KEPT:
                self._known.clear()
            known = self._known[text] = self._best(text)
        return known

    def _best(self, text: str) -> tuple[str, int]:
        """What accounts for most of a text: one message with its values, or several in a row."""
        bare = text.strip()
        if not _WORD.search(bare):
            return text, 0
        if bare in self._exact:
            return text.replace(bare, self._exact[bare], 1), _letters(bare)
        best = (text, 0)
        columns = GAP.search(bare) is not None
        for pattern, values in self._matches(bare):
            if columns and not GAP.search(pattern.source):
                continue  # a message ends with its column
            told = {name: self._explain(value) for name, value in values.items()}
            weight = pattern.weight + sum(each[1] for each in told.values())
            if weight > best[1]:
                whole = pattern.target.format(**{name: each[0] for name, each in told.items()})
                best = (text.replace(bare, whole, 1), weight)
        for before, after in (("(", ")"), ("", ".")):
            if bare.startswith(before) and bare.endswith(after):
                inner, weight = self._explain(bare[len(before) : -len(after)])
                if weight > best[1]:
                    best = (text.replace(bare, f"{before}{inner}{after}", 1), weight)
        for separator in SEPARATORS:
            parts = separator.split(text)
            if len(parts) > 1:
                explained = [
                    (part, 0) if at % 2 else self._explain(part) for at, part in enumerate(parts)
                ]
                weight = sum(each[1] for each in explained)
                if weight > best[1]:
                    best = ("".join(each[0] for each in explained), weight)
                break
        return best

    def _matches(self, text: str) -> Iterator[tuple[Pattern, Mapping[str, str]]]:
        """The messages that a text may be of, among those whose rarest word it has."""
        if len(text) > LONGEST:
            return
        for word in dict.fromkeys(_WORD.findall(text)):
            for pattern in self._by_word.get(word, ()):
                for values in pattern.values(text):
                    yield pattern, values


def _letters(text: str) -> int:
    return len("".join(text.split()))


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue that is shipped for ``language``; never loaded for English."""
    import json

    told = json.loads(messages_file(language).read_text(encoding="utf-8"))
    return Catalogue(
        [(source, target) for context, source, target in told if context is None],
        {source: target for context, source, target in told if context == STATE},
    )


def messages_file(language: str) -> Path:
    """What is loaded of a catalogue: ``[context, source, target]`` for each form of a message.

    ``make messages`` writes it: to read the catalogue itself takes as long as all the rest of a
    short command.
    """
    return LOCALE / language / "LC_MESSAGES" / "sekayu_net.json"
