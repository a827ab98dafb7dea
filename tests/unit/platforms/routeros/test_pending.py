"""What the tool finds of itself on a device, and what it takes away: only its own."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.routeros import pending
from sekayu_net.platforms.routeros.session import Session
from tests.unit.platforms.routeros.commits import TOKEN, commit, names


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        ("armed", True),
        ("applied", True),
        ("failed", True),
        ("reverting1", True),
        ("stage-two", True),
        ("reverted", False),
        ("confirmed", False),
    ],
)
def test_pending_is_what_has_not_ended(
    session: Session, device: Any, state: str, waits: bool
) -> None:
    commit(session)
    device.set_state(state)
    found = pending.pending(session)
    assert (found.token if found else None) == (TOKEN if waits else None)


def test_clean_leaves_a_pending_change_alone(session: Session, device: Any) -> None:
    commit(session)
    before = names(device)
    assert pending.clean(session) == ()
    assert names(device) == before


def test_clean_removes_a_change_that_has_gone_back(session: Session, device: Any) -> None:
    commit(session)
    device.set_state("reverted")
    assert f"script sekayu-{TOKEN}-undo" in pending.clean(session)
    assert names(device) == set()


def test_clean_removes_files_of_a_change_that_never_armed(session: Session, device: Any) -> None:
    device.files = {f"sekayu-{TOKEN}.rsc": b"x", "mine.rsc": b"y", "old-sekayu-1.rsc": b"z"}
    assert pending.clean(session) == (f"file sekayu-{TOKEN}.rsc",)
    assert set(device.files) == {"mine.rsc", "old-sekayu-1.rsc"}


@pytest.mark.parametrize(
    "mine",
    ["sekayu-backup", "sekayu-a1b2c3d4-mine", "sekayu-a1b2c3d4e5", "my-sekayu-a1b2c3d4-undo"],
)
def test_clean_leaves_what_a_person_called_so(session: Session, device: Any, mine: str) -> None:
    device.scripts = {mine: {}, f"sekayu-{TOKEN}-undo": {}}
    assert pending.clean(session) == (f"script sekayu-{TOKEN}-undo",)
    assert names(device) == {mine}


@pytest.mark.parametrize("kind", ["scripts", "entries", "files"])
def test_clean_leaves_a_change_whose_token_only_begins_alike(
    session: Session, device: Any, kind: str
) -> None:
    commit(session)
    before = names(device)
    other = {"scripts": "-undo", "entries": "", "files": ".rsc"}[kind]
    shorter, longer = f"sekayu-{TOKEN[:-1]}0{other}", f"sekayu-{TOKEN}00{other}"
    getattr(device, kind).update({shorter: {}, longer: {}})
    pending.clean(session)
    assert names(device) == before


def test_sweeping_a_change_leaves_one_whose_token_goes_on(session: Session, device: Any) -> None:
    device.scripts = {f"sekayu-{TOKEN}-undo": {}, f"sekayu-{TOKEN}00-undo": {}}
    pending.sweep(session, TOKEN, stage="t")
    assert names(device) == {f"sekayu-{TOKEN}00-undo"}


def test_clean_removes_what_a_preflight_left(session: Session, device: Any) -> None:
    device.files = {f"flash/sekayu-{TOKEN}-check.rsc": b"x"}
    assert pending.clean(session) == (f"file flash/sekayu-{TOKEN}-check.rsc",)


def test_a_confirm_that_came_first_counts_though_it_was_cut_off(
    session: Session, device: Any
) -> None:
    commit(session)
    device.scripts[f"sekayu-{TOKEN}-end"] = {
        "comment": f"state=confirmed token={TOKEN} kind=job run=run7 fingerprint=f00"
    }
    assert device.state() == "applied"
    assert pending.pending(session) is None
    pending.clean(session)
    assert names(device) == {"sekayu-confirmed"}


def test_a_cleaning_that_is_cut_off_too_leaves_a_confirmed_change_confirmed(
    session: Session, device: Any
) -> None:
    commit(session)
    device.scripts[f"sekayu-{TOKEN}-end"] = {
        "comment": f"state=confirmed token={TOKEN} kind=job run=run7 fingerprint=f00"
    }
    # What came first is swept away; of the record the device is not rid yet.
    device.refuse = {f'comment~"token={TOKEN} "': "failure: busy"}
    with pytest.raises(GarbledError):
        pending.clean(session)
    assert f"sekayu-{TOKEN}-end" not in device.scripts
    assert device.state() == "confirmed"
    assert pending.pending(session) is None


@pytest.mark.parametrize(
    ("answering", "anchor"),
    [
        ({"10.0.0.254", "192.0.2.7"}, "10.0.0.254"),
        ({"192.0.2.7"}, "192.0.2.7"),
        (set(), ""),
    ],
)
def test_the_anchor_is_the_nearest_that_answers(
    session: Session, device: Any, answering: set[str], anchor: str
) -> None:
    device.rows = {
        "/ip route": {"*1": {"gateway": "10.0.0.254"}, "*2": {"gateway": "pppoe-out1"}},
        "/user active": {"*1": {"address": "192.0.2.7"}},
    }
    for row in device.rows["/ip route"].values():
        row["dst-address"] = "0.0.0.0/0"
    device.rows["/user active"]["*1"]["name"] = "sekayu"
    device.answering = answering
    commit(session)
    record = device.scripts["sekayu-pending"]["comment"]
    assert ("anchor=" in record) is bool(anchor)
    assert f"anchor={anchor}" in record or not anchor


def test_clean_ends_a_confirm_that_was_cut_off(session: Session, device: Any) -> None:
    commit(session)
    device.set_state("confirmed")
    device.scripts["sekayu-pending"]["comment"] += " run=run7 fingerprint=f00"
    pending.clean(session)
    assert names(device) == {"sekayu-confirmed"}
