"""What `audit` does besides looking: rules that count, drift put back, drift taken for good."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from sekayu_net.cli import fix, scope
from sekayu_net.rollout.site import Site

ROUTER = "lurah-dua-rtr1"
RULES = "rules:\n  - {name: no-delta, severity: major, lines: ^delta, at-most: 0, message: m}\n"


@pytest.fixture
def deployed(desk):
    assert desk.run("deploy", "phase-1", "--yes").code == 0
    return desk


def someone_adds(desk, host: str = ROUTER, line: str = "omega") -> None:
    desk.place.devices[host].text += f"\n{line}"


def status(desk, host: str = ROUTER) -> str:
    return str(desk.run("audit", "phase-1", "--json").json["hosts"][host]["status"])


def test_drift_is_put_back_by_a_deployment(deployed) -> None:
    someone_adds(deployed)
    fixed = deployed.run("audit", "phase-1", "--fix", "--yes", "--json")
    assert fixed.code == 0
    assert fixed.json["hosts"][ROUTER]["status"] == "drift"
    put_back = fixed.json["fix"]["hosts"]
    assert {host: each["state"] for host, each in put_back.items()} == {ROUTER: "confirmed"}
    assert "omega" not in deployed.place.devices[ROUTER].text
    assert status(deployed) == "clean"


def test_what_the_templates_want_by_now_is_not_deployed_by_a_fix(deployed) -> None:
    someone_adds(deployed)
    deployed.place.intended[ROUTER] += "\nepsilon"
    fixed = deployed.run("audit", "phase-1", "--fix", "--yes", "--json")
    assert fixed.code == 3
    text = deployed.place.devices[ROUTER].text
    assert "omega" not in text
    assert "epsilon" not in text
    assert status(deployed) == "pending"


def test_a_fix_without_drift_changes_nothing(deployed) -> None:
    deployed.place.intended[ROUTER] += "\nepsilon"
    before = deployed.place.devices[ROUTER].text
    fixed = deployed.run("audit", "phase-1", "--fix", "--yes", "--json")
    assert (fixed.code, fixed.json["fix"]) == (3, None)
    assert deployed.place.devices[ROUTER].text == before


def test_a_fix_that_needs_approval_is_saved_and_not_done(deployed) -> None:
    someone_adds(deployed)
    deployed.project.settings.approvals = 1
    fixed = deployed.run("audit", "phase-1", "--fix", "--yes")
    assert fixed.code == 1
    (saved,) = deployed.project.plans.glob("fix-*.json")
    assert json.loads(saved.read_text())["hosts"].keys() == {ROUTER}
    assert f"sekayu-net approve {saved}" in fixed.err
    assert "omega" in deployed.place.devices[ROUTER].text


@pytest.mark.parametrize(
    "words",
    [
        ["--fix"],
        ["--accept"],
        ["--yes"],
        ["--fix", "--accept", "--yes"],
        ["--confirm-within", "60"],
        ["--fail-on", "terrible"],
    ],
    ids=" ".join,
)
def test_words_that_say_nothing_are_wrong_usage(deployed, words) -> None:
    someone_adds(deployed)
    assert deployed.run("audit", "phase-1", *words).code == 2
    assert "omega" in deployed.place.devices[ROUTER].text


def test_accepted_drift_is_no_drift_any_more(deployed) -> None:
    someone_adds(deployed)
    assert deployed.run("audit", "phase-1", "--accept", "--yes").code == 3
    # It is known now, and the templates still do not want it.
    assert status(deployed) == "pending"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["--fail-on", "critical"], 0),
        (["--fail-on", "major"], 3),
        (["--fail-on", "info"], 3),
    ],
    ids=str,
)
def test_a_broken_rule_counts_only_when_asked_to(deployed, words, code) -> None:
    deployed.project.inventory.mkdir()
    (deployed.project.inventory / "rules.yaml").write_text(RULES)
    found = deployed.run("audit", "phase-1", "--json", *words)
    assert found.code == code
    assert found.json["hosts"][ROUTER]["status"] == "clean"
    (finding,) = found.json["hosts"][ROUTER]["findings"]
    assert (finding["kind"], finding["cause"], finding["severity"]) == ("rule", None, "major")


def test_a_fault_in_the_rules_ends_the_audit(deployed) -> None:
    deployed.project.inventory.mkdir()
    (deployed.project.inventory / "rules.yaml").write_text("rules: [{name: x}]\n")
    ended = deployed.run("audit", "phase-1")
    assert ended.code == 1
    assert "rules.yaml:1" in ended.err


def test_a_fix_knows_what_a_device_will_say_that_was_never_deployed(desk, monkeypatch) -> None:
    asked: list[Site] = []
    monkeypatch.setattr(scope, "plan_scope", lambda project, site, *_, **__: asked.append(site))
    confirmed = {ROUTER: SimpleNamespace(intended="as it was left")}
    site = desk.place.site()
    fix.plan_of_drift(
        desk.project, site, [ROUTER], (), confirmed,
        allow_removals=(), allow_unguarded=(), confirm_within=None,
    )  # fmt: skip
    devices = site.district.devices
    other = next(device for name, device in devices.items() if name != ROUTER)
    assert asked[0].intended(devices[ROUTER]) == "as it was left"
    assert asked[0].intended(other) == site.intended(other)
