"""A login's terminal: what the suffix of its name asks for, and what the device says at first.

``admin+ct511w4098h`` is the user ``admin``: no colours, no detection, 511 columns, 4098 lines
(manual, console login options). Reading and running lines is ``shell``'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sekayu_net.lab.schema import at_least

_SUFFIX = re.compile(r"\+(?P<options>[0-9a-z]*)$")
_OPTION = re.compile(r"(\d*)([a-z])")
#: Where the cursor goes before a prompt: to the last line.
BOTTOM = "\x1b[9999B"
_LOGO = """
  MMM      MMM       KKK                          TTTTTTTTTTT      KKK
  MMMM    MMMM       KKK                          TTTTTTTTTTT      KKK
  MMM MMMM MMM  III  KKK  KKK  RRRRRR     OOOOOO      TTT     III  KKK  KKK
  MMM  MM  MMM  III  KKKKK     RRR  RRR  OOO  OOO     TTT     III  KKKKK
  MMM      MMM  III  KKK KKK   RRRRRR    OOO  OOO     TTT     III  KKK KKK
  MMM      MMM  III  KKK  KKK  RRR  RRR   OOOOOO      TTT     III  KKK  KKK

"""
_HELP = """[?]             Gives the list of available commands
command [?]     Gives help on the command and list of arguments

[Tab]           Completes the command/word. If the input is ambiguous,
                a second [Tab] gives possible options

/               Move up to base level
..              Move up one level
/command        Use command at the base level
"""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a login may see. ``width`` and ``height`` 0: not asked for."""

    width: int = 0
    height: int = 0
    dumb: bool = False
    detects: bool = True

    @classmethod
    def of(cls, login: str) -> Terminal:
        """By the suffix of a login name."""
        match = _SUFFIX.search(login)
        options = {
            letter: int(number or 0)
            for number, letter in _OPTION.findall(match["options"] if match else "")
        }
        return cls(options.get("w", 0), options.get("h", 0), "e" in options, "t" not in options)

    def control(self, sequence: str) -> str:
        """An escape sequence, for terminals that know them."""
        return "" if self.dumb else sequence


def bare_user(login: str) -> str:
    """``admin+ct511w`` → ``admin``."""
    return _SUFFIX.sub("", login)


def banner(version: str, terminal: Terminal) -> str:
    """What every login begins with."""
    new = at_least(version, "7")
    scheme, year = ("https", 2026) if new else ("http", 2024)
    text = "\n" * (26 if new else 9) + _LOGO
    text += f"  MikroTik RouterOS {version} (c) 1999-{year}       {scheme}://www.mikrotik.com/\n\n"
    text += ("\nPress F1 for help\n" if new else _HELP) + "\r"
    return text + terminal.control(f"{BOTTOM}\r{BOTTOM}")
