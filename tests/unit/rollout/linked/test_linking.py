"""Which changes hang together, told from the texts of the reference district's own templates."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sekayu_net.errors import SecretError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district
from sekayu_net.plan import HostPlan, PlannedWave
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rendering import render, required_secrets
from sekayu_net.rollout.linking import Texts, bonds_of, groups_of, link, together
from sekayu_net.secrets import SecretStore, wireguard_public

ROOT = Path(__file__).parents[4]
HUB = "camat-sekayu-rtr1"
RADIO = "desa-lumpatan-rtr1"
BEHIND = "desa-sungai-medak-rtr1"
TUNNEL = "desa-muara-teladan-rtr1"
TUNNELS = ("desa-bailangu-timur-rtr1", TUNNEL, "desa-sungai-batang-rtr1")
#: Everything that speaks OSPF with the hub, deciding device first.
ADJACENT = "everything but the tunnels"


@dataclass
class Paper:
    """The district before and after an edit of its inventory, all on paper."""

    inventory: Path
    store: SecretStore
    before: District
    rendered: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, district: District, host: str) -> str:
        return render(district, district.devices[host], self.store, ROOT / "templates")

    def edit(self, old: str, new: str, file: str = "addresses.lock.yaml") -> None:
        path = self.inventory / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def rotate(self, name: str) -> None:
        self.store.set(name, new_key() if name.startswith("wireguard/") else "another long secret")

    def plans(self, hosts: tuple[str, ...], old: dict[str, str]) -> dict[str, HostPlan]:
        district = load_district(self.inventory)
        made = {}
        for host in hosts:
            running, intended = old[host], self.text(district, host)
            made[host] = HostPlan(
                host,
                "routeros",
                "unchanged" if running == intended else "change",
                fingerprint="f",
                guard="job+startup",
                running=running,
                intended=intended,
            )
        return made

    def link(
        self, plans: dict[str, HostPlan], allowed: frozenset[str] = frozenset()
    ) -> dict[str, HostPlan]:
        district = load_district(self.inventory)

        def public_key(fingerprint: str) -> str | None:
            try:
                return wireguard_public(self.store.unseal(fingerprint))
            except SecretError:
                return None

        texts = Texts(
            tuple(bonds_of(district)),
            plans,
            lambda host: ROUTEROS,
            lambda host: self.text(district, host),
            public_key,
        )
        return link(district, texts, allowed=allowed)


def new_key() -> str:
    import base64

    return base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    district = load_district(tmp_path / "inventory")
    store = SecretStore.open(tmp_path / "secrets.yaml", {})
    store.generate(required_secrets(district, ROOT / "templates"))
    return Paper(tmp_path / "inventory", store, district)


def test_a_text_is_looked_at_once_however_many_links_it_has(paper, monkeypatch) -> None:
    looked: list[str] = []
    link_terms = type(ROUTEROS).link_terms

    def counted(self: Any, text: str, *more: Any) -> Any:
        looked.append(text)
        return link_terms(self, text, *more)

    monkeypatch.setattr(type(ROUTEROS), "link_terms", counted)
    old = before(paper)
    paper.rotate("ospf/sekayu")
    plans = paper.plans(tuple(old), old)
    paper.link(plans)
    texts = [text for plan in plans.values() for text in (plan.running, plan.intended)]
    assert sorted(looked) == sorted(texts)


Edit = Callable[[Paper], None]
#: edit → the groups that it makes.
CASES: dict[str, tuple[Edit, tuple[tuple[str, ...] | str, ...]]] = {
    "a tunnel office's key": (
        lambda paper: paper.rotate(f"wireguard/{TUNNEL}"),
        ((HUB, TUNNEL),),
    ),
    "the hub's key": (lambda paper: paper.rotate(f"wireguard/{HUB}"), ((HUB, *TUNNELS),)),
    "a radio link's VLAN": (
        lambda paper: paper.edit("link_vlan: 1006", "link_vlan: 1906"),
        ((HUB, RADIO),),
    ),
    "a link's network": (
        lambda paper: paper.edit("link: 10.60.0.64/29", "link: 10.60.9.64/29"),
        ((RADIO, BEHIND),),
    ),
    "both links of one office": (
        lambda paper: (
            paper.edit("link_vlan: 1006", "link_vlan: 1906"),
            paper.edit("link_vlan: 1009", "link_vlan: 1909"),
        )[0],
        ((HUB, RADIO, BEHIND),),
    ),
    "the key of OSPF": (
        lambda paper: paper.rotate("ospf/sekayu"),
        (ADJACENT,),
    ),
    "something that no link hangs on": (
        lambda paper: paper.edit("Asia/Jakarta", "Asia/Makassar", "addressing.yaml"),
        (),
    ),
}


def before(paper: Paper) -> dict[str, str]:
    routers = [office.router.name for office in paper.before.offices.values()]
    return {host: paper.text(paper.before, host) for host in routers}


@pytest.mark.parametrize("case", CASES)
def test_what_two_ends_must_agree_on_is_planned_as_one(paper, case) -> None:
    edit, groups = CASES[case]
    old = before(paper)
    edit(paper)
    plans = paper.link(paper.plans(tuple(old), old))
    found = groups_of(plans, plans)
    if groups == (ADJACENT,):
        assert [set(group) for group in found] == [set(old) - set(TUNNELS)]
        assert found[0][0] == HUB
    else:
        assert found == groups
    assert "change" in {plan.status for plan in plans.values()}
    assert "refused" not in {plan.status for plan in plans.values()}


@pytest.mark.parametrize("host", [HUB, TUNNEL])
def test_one_end_alone_is_refused_with_what_to_do(paper, host) -> None:
    old = before(paper)
    paper.rotate(f"wireguard/{TUNNEL}")
    plan = paper.link(paper.plans((host,), old))[host]
    assert plan.status == "refused"
    assert f"--host {HUB} --host {TUNNEL}" in plan.reason
    assert "downstream key" in plan.reason
    assert "not in this plan" in plan.reason


def test_one_end_alone_goes_when_the_operator_answers_for_it(paper) -> None:
    old = before(paper)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plan = paper.link(paper.plans((RADIO,), old), allowed=frozenset({RADIO}))[RADIO]
    assert plan.status == "change"
    assert any(HUB in warning for warning in plan.warnings)


def test_an_end_whose_other_end_did_not_answer_is_refused(paper) -> None:
    old = before(paper)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plans = paper.plans((HUB,), old)
    plans[RADIO] = HostPlan(RADIO, "routeros", "unreachable", "no answer")
    plan = paper.link(plans)[HUB]
    assert plan.status == "refused"
    assert f"{RADIO} (vlan), whose end is unreachable (no answer)" in plan.reason


def test_a_repair_of_one_end_is_free(paper) -> None:
    old = before(paper)
    old[RADIO] = old[RADIO].replace("vlan-id=1006", "vlan-id=1777")
    plans = paper.link(paper.plans((HUB, RADIO), old))
    assert (plans[HUB].status, plans[RADIO].status) == ("unchanged", "change")
    assert plans[RADIO].linked == ()


def test_a_link_that_is_only_added_is_free(paper) -> None:
    old = before(paper)
    lines = old[HUB].splitlines(keepends=True)
    old[HUB] = "".join(line for line in lines if RADIO not in line)
    plan = paper.link(paper.plans((HUB,), old))[HUB]
    assert (plan.status, plan.linked) == ("change", ())


def test_a_link_that_goes_from_radio_to_fiber_is_planned_as_one(paper) -> None:
    old = before(paper)
    there = "name: Lumpatan\n    kind: desa\n    phase: 2\n    uplink: {kind: "
    paper.edit(there + "radio}", there + "fiber}", "offices.yaml")
    serial = 'serial: HEX363D393E, version: "7.20.4"'
    ports = "ports: {sfp1: uplink, ether1: unused}"
    paper.edit(serial, f"{serial}, {ports}", "offices.yaml")
    plans = paper.link(paper.plans((HUB, RADIO), old))
    assert groups_of(plans, plans) == ((HUB, RADIO),)
    alone = paper.link(paper.plans((RADIO,), old))[RADIO]
    assert alone.status == "refused"
    assert "(medium)" in alone.reason


def test_another_link_of_the_same_port_does_not_refuse_a_new_one(paper) -> None:
    old = before(paper)
    lines = old[HUB].splitlines(keepends=True)
    old[HUB] = "".join(line for line in lines if "desa-bailangu-rtr1" not in line)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plans = paper.link(paper.plans((HUB, RADIO), old))
    assert groups_of(plans, plans) == ((HUB, RADIO),)
    assert plans[HUB].status == "change"


def test_a_refused_member_takes_the_others_along(paper) -> None:
    old = before(paper)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plans = paper.plans((HUB, RADIO), old)
    plans[HUB] = replace(plans[HUB], status="refused", reason="it removes 300 items")
    plan = paper.link(plans)[RADIO]
    assert plan.status == "refused"
    assert "it removes 300 items" in plan.reason


@pytest.mark.parametrize(
    ("host", "guard", "refused"),
    [
        (HUB, "scheduler", False),
        (HUB, "none", True),
        (RADIO, "scheduler", True),
        (RADIO, "job", False),
    ],
)
def test_an_undo_that_can_not_play_its_part_is_refused(paper, host, guard, refused) -> None:
    old = before(paper)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plans = paper.plans((HUB, RADIO), old)
    plans[host] = replace(plans[host], guard=guard)
    found = paper.link(plans)
    assert {plan.status for plan in found.values()} == {"refused" if refused else "change"}


def test_ends_that_are_to_say_different_things_are_refused(paper) -> None:
    old = before(paper)
    paper.edit("link_vlan: 1006", "link_vlan: 1906")
    plans = paper.plans((HUB, RADIO), old)
    other = plans[RADIO].intended.replace("vlan-id=1906", "vlan-id=1907")
    plans[RADIO] = replace(plans[RADIO], intended=other)
    assert {plan.status for plan in paper.link(plans).values()} == {"refused"}


def test_a_group_waits_for_the_last_of_its_waves() -> None:
    plans = {
        host: HostPlan(host, "routeros", "change", linked=("a", "c") if host in "ac" else ())
        for host in "abc"
    }
    waves = (PlannedWave("canary", ("a", "b"), soak=60), PlannedWave("rest", ("c",)))
    assert together(waves, plans) == (
        PlannedWave("canary", ("b",), soak=60),
        PlannedWave("rest", ("a", "c")),
    )
