"""An office's state from its devices' states."""

from __future__ import annotations

import pytest

from sekayu_net.report.status import office_state


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
