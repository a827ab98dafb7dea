"""An office's state from its devices' states."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.report.status import brief, office_state, overview, to_look_at


@pytest.mark.parametrize(
    ("states", "drifted", "state"),
    [
        (["not started", "not started"], False, "not started"),
        (["planned", "not started"], False, "planned"),
        (["confirmed", "not started"], False, "in progress"),
        (["armed", "not started"], False, "in progress"),
        (["confirmed", "unchanged"], False, "done"),
        (["confirmed", "unchanged"], True, "attention"),
        (["confirmed", "reverted"], False, "attention"),
        (["confirmed", "unreachable"], False, "attention"),
        (["unknown", "not started"], False, "attention"),
        ([], False, "not started"),
    ],
)
def test_an_offices_state_follows_its_devices(states, drifted, state) -> None:
    assert office_state(states, drifted) == state


def document(*states: str, audit: str | None = None) -> dict[str, Any]:
    hosts = {
        f"desa-satu-ap{n}": {"state": state, "last_confirmed": None, "last_audit": audit}
        for n, state in enumerate(states)
    }
    return {"offices": {"1": {"name": "Satu", "kind": "desa", "phase": 2, "hosts": hosts}}}


@pytest.mark.parametrize(
    ("states", "line"),
    [
        (("planned",) * 2, "phase 2  [....................] 0 of 2 devices done"),
        (("confirmed", "unchanged"), "phase 2  [####################] 2 of 2 devices done"),
        (("confirmed", "failed"), "phase 2  [##########..........] 1 of 2 devices done, 1 to look"),
    ],
)
def test_a_phase_is_a_line(states, line) -> None:
    (found,) = overview(document(*states))
    assert found.startswith(line)


def test_what_a_person_must_look_at_is_named_with_its_reason() -> None:
    said = document("confirmed", "reverted", "planned")
    latest = {"desa-satu-ap1": SimpleNamespace(reason="the hub did not answer")}
    assert to_look_at(said, latest) == ["desa-satu-ap1: reverted: the hub did not answer"]


def test_drift_is_named_with_what_to_do() -> None:
    (line,) = to_look_at(document("confirmed", audit="drift+pending"), {})
    assert "sekayu-net audit --host desa-satu-ap0" in line


def test_an_office_in_a_few_words() -> None:
    office = document("confirmed", "reverted")["offices"]["1"]
    assert brief({**office, "state": "attention"}) == "1 of 2 reverted"
    assert brief({**office, "state": "done"}) == "done"
