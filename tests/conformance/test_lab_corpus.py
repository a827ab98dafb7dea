"""Real exports of RouterOS 6.40 to 6.49 and from 7.9 on: into a blank device and out again.

Only files all of whose menus and properties the lab knows are judged; the share is printed by
``pytest -rP``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.schema import load, version_key
from sekayu_net.platforms.routeros import syntax

CORPUS = (
    Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[3] / "shared"))
    / "corpus"
    / "routeros"
)
#: The first and the last version that a row judges, how many files at least, and which share of
#: them must come back as they went in. The rest differ in a property that such a device prints
#: although it is the default, or name an interface that another menu makes.
SPANS = {"6": ((6, 40), (7,), 20, 0.9), "7": ((7, 9), (8,), 20, 0.9)}
#: Version 6 shows secrets unasked.
SHOWING = {6: "/export", 7: "/export show-sensitive"}
PORTS = [
    f"{kind}{number}"
    for number in range(1, 49)
    for kind in ("ether", "sfp", "sfp-sfpplus", "sfp28-", "qsfp28-1-", "qsfp28-2-", "qsfpplus1-",
                 "combo", "pwr-line")
]  # fmt: skip

Row = tuple[str, str | None, tuple[tuple[str, str | None, bool], ...]]


def rows(document: syntax.Document) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for statement in document.statements:
        arguments = sorted((a.key, a.value, a.unset) for a in statement.arguments)
        found[statement.menu].append((statement.verb, statement.selector, tuple(arguments)))
    return dict(found)


def covered(document: syntax.Document, version: str) -> bool:
    menus = load(version).menus
    return all(
        statement.menu in menus
        and all(a.key in menus[statement.menu].properties for a in statement.arguments)
        for statement in document.statements
    )


def blank(document: syntax.Document, version: str) -> LabDevice:
    """A device with the hardware that the export speaks of."""
    ports, radios = [], []
    for statement in document.statements:
        match = re.search(r'default-name="?([^\]\s"]+)', statement.selector or "")
        if match:
            {
                "/interface ethernet": ports,
                "/interface wifi": radios,
                "/interface wireless": radios,
            }.get(statement.menu, []).append(match[1])
    ports += [port for port in PORTS if port not in ports]
    return LabDevice(
        "blank", model="CHR", version=version, serial="X", ports=ports,
        radios=[(name, "5ghz-ax") for name in radios],
    )  # fmt: skip


@pytest.mark.parametrize(("first", "end", "files", "share"), SPANS.values(), ids=SPANS)
def test_real_exports_come_back_as_they_went_in(
    first: tuple[int, ...], end: tuple[int, ...], files: int, share: float
) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real exports is not here")
    judged, equal, refused, unknown = 0, 0, [], 0
    for path in sorted(CORPUS.glob("*.rsc")):
        text = path.read_bytes().decode("latin-1").replace("\r\n", "\n")
        match = re.search(r"by RouterOS (\S+)", text)
        if match is None or not first <= version_key(match[1]) < end:
            continue
        document = syntax.parse(text)
        if not covered(document, match[1]):
            unknown += 1
            continue
        judged += 1
        device = blank(document, match[1])
        try:
            device.import_script(text)
        except LabError as error:
            refused.append((path.name, str(error)))
            continue
        again = syntax.parse(device.execute(SHOWING[first[0]]).replace("\r\n", "\n"))
        equal += rows(again) == rows(document)
    print(
        f"{equal} of {judged} equal, {len(refused)} refused; not judged: {unknown} "
        "with menus or properties that the lab does not know"
    )
    for name, words in refused:
        print(f"  {name}: {words}")
    assert judged > files
    assert equal / judged >= share
