"""``make messages``: bring the catalogues in step with the code.

New messages come in untranslated, changed ones as fuzzy with their old translation, gone ones go.
Translate what is left in ``sekayu_net/locale/*/LC_MESSAGES/sekayu_net.po`` with any editor of such
files, take the fuzzy marks away, and read the result on the screen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from sekayu_net.languages import LANGUAGES, LOCALE, STATE, messages_file
from tests.language.messages import of_package, of_project, of_states, of_templates, together

#: gettext's rule for each language.
PLURALS = {"id": "nplurals=1; plural=0;"}
ROOT = Path(__file__).parents[2]
#: Lines of a header that tell when it was made, and by what.
DATED = (b'"POT-', b'"PO-Rev', b'"Generated-By', b'"Last-Trans', b'"Language-Team', b'"Report-')
FILE = "LC_MESSAGES/sekayu_net.po"
HEADER = """\
# PROJECT in LANGUAGE.
# Fields in braces stand for names, numbers and texts that a message is made from: each must stay.
# English texts are recognised by their message: what to change there is changed in the code."""


def current() -> Catalog:
    """The messages of today's code, without translations."""
    made = Catalog(project="sekayu-net", fuzzy=False, header_comment=HEADER)
    package = ROOT / "sekayu_net"
    for message in together([*of_package(package), *of_templates(package), *of_project(ROOT)]):
        made.add(
            (message.text, message.plural) if message.plural else message.text,
            locations=sorted({(place, 0) for place, _ in message.places}),
        )
    for name in of_states():
        made.add(name, context=STATE)
    return made


def path_of(language: str) -> Path:
    """The file of a language."""
    return LOCALE / language / FILE


def load(language: str) -> Catalog:
    """A language's catalogue, empty when there is none yet."""
    path = path_of(language)
    if not path.exists():
        made = Catalog(locale=language, project="sekayu-net", fuzzy=False, header_comment=HEADER)
        made.mime_headers = [("Plural-Forms", PLURALS[language])]
        return made
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def updated(language: str) -> Catalog:
    """A language's catalogue with the messages of today's code."""
    catalogue = load(language)
    catalogue.update(current(), no_fuzzy_matching=False, update_header_comment=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The file's bytes: the same for the same messages, so that git shows what changed."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, sort_by_file=True, include_lineno=False)
    lines = stream.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(DATED))


def loaded(catalogue: Catalog) -> str:
    """What the program loads of it: a line for each form of a message that is translated."""
    told = [
        json.dumps([message.context, source, target], ensure_ascii=False)
        for message in catalogue
        if message.id and not message.fuzzy
        for target in _forms(message.string)[:1]
        if target
        for source in _forms(message.id)
    ]
    return "[\n" + ",\n".join(told) + "\n]\n"


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    """One, or singular and plural."""
    return (text,) if isinstance(text, str) else text or ()


def main() -> int:
    """Write every catalogue; say what is left to translate."""
    for language in LANGUAGES[1:]:
        catalogue = updated(language)
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalogue))
        messages_file(language).write_text(loaded(load(language)), encoding="utf-8")
        left = [m for m in catalogue if m.id and (m.fuzzy or not m.string or not all(m.string))]
        print(f"{language}: {len(catalogue)} messages, {len(left)} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
