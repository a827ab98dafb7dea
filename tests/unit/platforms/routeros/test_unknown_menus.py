"""General rules for a menu that the schema does not know."""

from __future__ import annotations

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS

WHOLE = DiffContext(version="7.20.1", whole=True)
SERVER = "/routing nonsense\nadd address=192.0.2.1 comment=one %sgroup=a\n"


def test_an_item_that_says_that_it_is_not_disabled_is_the_one_that_says_nothing() -> None:
    assert ROUTEROS.diff(SERVER % "disabled=no ", SERVER % "", WHOLE).script == ""
    assert ROUTEROS.diff(SERVER % "", SERVER % "disabled=no ", WHOLE).script == ""


def test_a_disabled_item_is_another_matter() -> None:
    assert ROUTEROS.diff(SERVER % "", SERVER % "disabled=yes ", WHOLE).script != ""
    assert ROUTEROS.diff(SERVER % "disabled=yes ", SERVER % "", WHOLE).script != ""


def test_of_an_interface_of_unknown_kind_nothing_is_assumed() -> None:
    tunnel = "/interface nonsense\nadd %sname=one\n"
    assert ROUTEROS.diff(tunnel % "", tunnel % "disabled=no ", WHOLE).script != ""
