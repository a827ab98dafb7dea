"""Which device wrote a configuration: its host name and licence. Pure: text in, values out."""

from __future__ import annotations

import re

from sekayu_net.platforms.base import Author

_HOSTNAME = re.compile(r"^hostname (\S+)", re.MULTILINE)
_LICENCE = re.compile(r"^license udi pid (\S+) sn (\S+)", re.MULTILINE)


def author_of(text: str) -> Author:
    """See ``base.Author``. It names no version but a release (``17.6``), not which of them."""
    name, licence = _HOSTNAME.search(text), _LICENCE.search(text)
    return Author(
        identity=name[1] if name else "",
        serial=licence[2] if licence else "",
        model=licence[1] if licence else "",
    )
