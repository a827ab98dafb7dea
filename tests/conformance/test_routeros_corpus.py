"""Real exports of RouterOS 6.28 to 7.24: parsed, and written again as the device wrote them.

The exports lie beside the repository (or where ``SEKAYU_SHARED`` says) and are no part of it; where
they are absent these tests skip.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sekayu_net.errors import ConfigSyntaxError
from sekayu_net.platforms.routeros.syntax import Document, Statement, format_document, parse

SHARED = Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "corpus"
PRISTINE = [
    *sorted(CORPUS.glob("routeros/*.rsc")),
    *sorted(CORPUS.glob("routeros-history/*/*.rsc")),
]
EDITED = sorted(CORPUS.glob("routeros-edited/*.rsc"))

pytestmark = pytest.mark.skipif(not PRISTINE, reason="the corpus of real exports is not here")


def read(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


def content(document: Document) -> list[Statement]:
    """The statements without the lines that they stood on."""
    return [replace(statement, line=0) for statement in document.statements]


@pytest.mark.parametrize("path", PRISTINE, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_an_export_survives_being_written_in_canonical_form(path: Path) -> None:
    document = parse(read(path), file=path.name)
    assert document.statements
    assert content(parse(format_document(document))) == content(document)


@pytest.mark.parametrize("path", EDITED, ids=lambda p: p.name)
def test_an_edited_export_gives_a_result_or_an_error_with_its_place(path: Path) -> None:
    try:
        document = parse(read(path), file=path.name)
    except ConfigSyntaxError as error:
        placed = error.line is not None and error.column is not None
    else:
        placed = content(parse(format_document(document))) == content(document)
    assert placed


def test_an_untouched_export_is_written_byte_for_byte() -> None:
    index = (CORPUS / "index.tsv").read_text().splitlines()[1:]
    styles = {row.split("\t")[0]: row.split("\t")[5] for row in index}
    compared = 0
    for path in PRISTINE:
        style = styles.get(str(path.relative_to(CORPUS)), "nowrap")
        text = read(path).replace("\r\n", "\n")
        longest = max(map(len, text.split("\n")))
        if "wrap" in style.replace("nowrap", "") or longest > 79:
            continue
        compared += format_document(parse(text)) == text
    assert compared >= 80
