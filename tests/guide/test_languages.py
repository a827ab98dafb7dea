"""Two languages, one guide: the same commands, files and edits; README.md and its translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guide.chapters import Aside, Command, Edit, Saved, read
from tests.guide.runner import ROOT

ENGLISH, INDONESIAN = (
    {path.name[:2]: path for path in sorted((ROOT / "docs" / folder).glob("[0-9]*.md"))}
    for folder in ("guide", "panduan")
)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")


def doings(path: Path) -> list[tuple[str, ...]]:
    """What a reader does, without the outputs; names of runs and comments are the chapter's own."""
    found: list[tuple[str, ...]] = []
    for step in read(path):
        if isinstance(step, Command):
            shown = step.shown if step.text == "echo $?" else ()
            found.append((re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "RUN", step.text), *shown))
        elif isinstance(step, Saved):
            found.append((step.file, step.text))
        elif isinstance(step, Edit):
            found.append((step.file, *step.before, *step.after))
        elif isinstance(step, Aside):
            found.append(tuple(line.split("  #")[0] for line in step.lines))
    return found


def headings(path: Path) -> list[str]:
    """The marks of the headings in order: ``#``, ``##`` …, code blocks left aside."""
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^#+(?= )", text, flags=re.MULTILINE)


def test_each_chapter_is_there_in_both_languages() -> None:
    assert list(ENGLISH) == list(INDONESIAN)
    assert len(ENGLISH) == 13


@pytest.mark.parametrize("number", ENGLISH)
def test_both_languages_have_the_same_commands(number: str) -> None:
    assert doings(INDONESIAN[number]) == doings(ENGLISH[number])


@pytest.mark.parametrize("number", ENGLISH)
def test_both_languages_have_the_same_structure(number: str) -> None:
    assert headings(INDONESIAN[number]) == headings(ENGLISH[number])


@pytest.mark.parametrize(
    "path",
    [
        *ENGLISH.values(),
        *INDONESIAN.values(),
        *ROOT.glob("README*.md"),
        *ROOT.glob("docs/**/README.md"),
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        file, _, _ = target.partition("#")
        if not target.startswith("http") and file and not (path.parent / file).exists():
            broken.append(target)
    assert broken == []


def test_the_readme_has_the_same_structure_in_both_languages() -> None:
    assert headings(ROOT / "README.id.md") == headings(ROOT / "README.md")


def test_the_readme_has_the_same_commands_in_both_languages() -> None:
    def typed(path: Path) -> list[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        indented = [line.split("  #")[0].strip() for line in lines if line.startswith("    ")]
        return [line for line in indented if line.startswith(("sekayu-net ", "make ", ". "))]

    def first_column(path: Path) -> list[str]:
        return re.findall(r"^\| (`[^|]*) \|", path.read_text(encoding="utf-8"), flags=re.MULTILINE)

    english, indonesian = ROOT / "README.md", ROOT / "README.id.md"
    assert typed(indonesian) == typed(english)
    assert first_column(indonesian) == first_column(english)


def test_the_readme_links_its_translation_at_the_top() -> None:
    for one, other in (("README.md", "README.id.md"), ("README.id.md", "README.md")):
        assert f"]({other})" in "\n".join((ROOT / one).read_text("utf-8").splitlines()[:5])
