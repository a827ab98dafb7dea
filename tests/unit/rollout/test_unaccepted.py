"""From what drift is measured after a deployment: what nobody vouched for stays drift."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.audit import audit_host
from sekayu_net.journal import Journal
from sekayu_net.plan import HostPlan, Running, fingerprint
from sekayu_net.platforms.base import DiffContext, Reading
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rollout.unaccepted import base_after, base_of, keep, meant, note

TEMPLATES = Path(__file__).parents[3] / "templates" / "routeros"
CONTEXT = DiffContext("7.20.1", ownership=ROUTEROS.load_ownership(TEMPLATES, "router"))
OLD = """\
/ip address
add address=10.0.0.1/24 interface=ether1
/ip dns
set servers=192.0.2.53
/system identity
set name=kayu-ara
/system script
add name=counting source=":put 1"
"""
SERVERS = ("servers=192.0.2.53", "servers=198.51.100.53")
CACHE = ("servers=192.0.2.53", "cache-size=4096KiB servers=192.0.2.53")
ADDRESS = ("/ip dns", "add address=10.9.0.1/24 interface=ether2\n/ip dns")
SCRIPT = ('source=":put 1"', 'source=":put 1"\nadd name=by-hand source=":put 2"')
GONE = ('add name=counting source=":put 1"\n', "")
OTHER = ('":put 1"', '":put 3"')


def text(*edits: tuple[str, str]) -> str:
    said = OLD
    for before, after in edits:
        assert before in said
        said = said.replace(before, after)
    return ROUTEROS.canonical(said)


def owned(said: str) -> str:
    """What of a text is the templates'."""
    return ROUTEROS.owned_part(said, CONTEXT.ownership)


#: What the device said before the deployment, what the deployment made of it, what was
#: intended, and what the base of drift is then (None: what the device says).
CASES: dict[str, tuple[str, str, str, str | None]] = {
    "nothing by hand": (text(), text(SERVERS), text(SERVERS), None),
    "an unowned item": (text(SCRIPT), text(SCRIPT, SERVERS), text(SCRIPT, SERVERS), text(SERVERS)),
    "an unowned item that went": (
        text(GONE),
        text(GONE, SERVERS),
        text(GONE, SERVERS),
        text(SERVERS),
    ),
    "an unowned item that was changed": (
        text(OTHER),
        text(OTHER, SERVERS),
        text(OTHER, SERVERS),
        text(SERVERS),
    ),
    "a property that nobody named": (text(CACHE), text(CACHE), text(), text()),
    "an owned item that was taken back": (text(ADDRESS), text(SERVERS), text(SERVERS), None),
    "an owned item that is intended by now": (text(ADDRESS), text(ADDRESS), text(ADDRESS), None),
    "owned and unowned": (text(ADDRESS, SCRIPT), text(SCRIPT), text(SCRIPT), text()),
    "an unowned item that went again": (text(SCRIPT), text(SERVERS), text(SERVERS), None),
}


@pytest.mark.parametrize(("before", "after", "intended", "base"), CASES.values(), ids=CASES)
def test_a_deployment_vouches_for_what_is_owned_alone(
    before: str, after: str, intended: str, base: str | None
) -> None:
    found = base_after(
        *(ROUTEROS, CONTEXT),
        base=text(),
        before=before,
        after=after,
        intended=owned(intended),
    )
    assert found == base


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def deploy(journal: Journal, before: str, after: str, *, whole: bool = False) -> None:
    """What the journal is told when a device is confirmed."""
    site: Any = SimpleNamespace(
        district=SimpleNamespace(devices={"a": "a"}),
        platform=lambda _: ROUTEROS,
        context=lambda _: CONTEXT,
    )
    plan = HostPlan(
        *("a", "routeros", "change"),
        running=before,
        intended=after if whole else owned(after),
        whole=whole,
    )
    note(site, journal, plan, after)
    run = journal.begin("deploy", operator="siti")
    journal.remember(
        run, "a", fingerprint=fingerprint(after), config=after, intended=meant(site, plan)
    )


def test_what_is_there_at_the_first_deployment_is_known(journal: Journal) -> None:
    deploy(journal, text(SCRIPT), text(SCRIPT, SERVERS))
    assert base_of(journal, "a").config == text(SCRIPT, SERVERS)


def test_unowned_drift_outlives_deployment_after_deployment(journal: Journal) -> None:
    deploy(journal, text(), text())
    deploy(journal, text(SCRIPT), text(SCRIPT, SERVERS))
    deploy(journal, text(SCRIPT, SERVERS), text(SCRIPT))
    assert base_of(journal, "a").config == text()
    assert journal.confirmed()["a"].config == text(SCRIPT)


def test_what_was_accepted_is_drift_no_longer(journal: Journal) -> None:
    deploy(journal, text(), text())
    deploy(journal, text(SCRIPT), text(SCRIPT))
    keep(journal, "a", None)
    assert base_of(journal, "a").config == text(SCRIPT)
    deploy(journal, text(SCRIPT), text(SCRIPT, SERVERS))
    assert base_of(journal, "a").config == text(SCRIPT, SERVERS)


def test_a_way_back_vouches_for_what_is_owned_alone_too(journal: Journal) -> None:
    deploy(journal, text(), text())
    deploy(journal, text(SCRIPT, SERVERS), text(SCRIPT), whole=True)
    assert base_of(journal, "a").config == text()
    assert "script" not in journal.confirmed()["a"].intended


def test_a_device_that_went_back_can_be_audited_when_it_drifts(journal: Journal) -> None:
    deploy(journal, text(SERVERS), text(), whole=True)
    said = Running.of(Reading("", "a", "", "", "7.20.1"), text(ADDRESS), ROUTEROS)
    audit = audit_host(
        *("a", said, owned(text(SERVERS))),
        confirmed=base_of(journal, "a"),
        platform=ROUTEROS,
        context=CONTEXT,
    )
    assert audit.status == "drift+pending"
