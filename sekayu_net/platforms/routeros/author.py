"""Which device wrote an export: what its header says, and what collectors of exports put there.

An export begins with version, model and serial number; RANCID and Oxidized leave out lines that
change and put what ``/system routerboard print`` says before it, as remarks. Pure: text in, values
out.
"""

from __future__ import annotations

import re

from sekayu_net.platforms.base import Author
from sekayu_net.platforms.routeros.tree import version_of

_SERIAL = re.compile(r"^#\s*serial[ -]number\s*[:=]\s*(\S+)", re.MULTILINE)
_MODEL = re.compile(r"^#\s*model\s*[:=]\s*(\S[^\r\n]*)", re.MULTILINE)
_VERSION = re.compile(r"^#\s*version\s*[:=]\s*(\d[\d.]*)", re.MULTILINE)
_IDENTITY = re.compile(r"^/system identity\s+set\s+name=(?:\"([^\"]*)\"|(\S+))", re.MULTILINE)


def author_of(text: str) -> Author:
    """See ``base.Author``."""

    def said(pattern: re.Pattern[str]) -> str:
        found = pattern.search(text)
        return next((each for each in found.groups() if each), "").strip() if found else ""

    return Author(
        identity=said(_IDENTITY),
        serial=said(_SERIAL),
        model=said(_MODEL),
        version=version_of(text) or said(_VERSION),
    )
