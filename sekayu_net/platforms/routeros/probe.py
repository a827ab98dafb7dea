"""The harmless change by which the undo is tried on a spare RouterOS device. Pure.

Two disabled entries of an address list that no rule names, with addresses of documentation
(RFC 5737). The menu is in every release, and refuses the same entry twice: ``failure: already have
such entry`` (reference part 4.1).
"""

from __future__ import annotations

from sekayu_net.platforms.routeros import change, interpreter
from sekayu_net.platforms.routeros.tree import read
from sekayu_net.platforms.trial import Probe

LIST = "sekayu-qualify"
MENU = "/ip firewall address-list"
ADDRESSES = ("192.0.2.1", "192.0.2.2")


def _adding(address: str) -> str:
    return f"{MENU} add address={address} disabled=yes list={LIST}\n"


def probe(running: str) -> Probe:
    """See ``platforms.trial.Probing``."""
    gone = "".join(
        f":do {{ {MENU} remove [find address={address} list={LIST}] }} on-error={{}}\n"
        for address in ADDRESSES
    )
    clean = _after(running, gone)
    changed = _after(clean, "".join(_adding(address) for address in ADDRESSES))
    return Probe(clean, changed, failing=_adding(ADDRESSES[0]).rstrip("\n"))


def _after(text: str, script: str) -> str:
    tree = read(text)
    interpreter.run(tree, script, file="probe")
    return change.result(tree, text)
