"""``rollback`` at the command line: planned from the journal, carried out like any other plan."""

from __future__ import annotations

import pytest

HOST = "lurah-dua-rtr1"


def text(desk, host: str = HOST) -> str:
    canonical: str = desk.place.fakes.PLATFORM.canonical(desk.place.devices[host].text)
    return canonical


@pytest.fixture
def before(desk) -> str:
    return text(desk)


@pytest.fixture
def run(desk, before) -> str:
    """A run that deployed phase 1."""
    run_id: str = desk.run("deploy", "phase-1", "--yes", "--json").json["run_id"]
    return run_id


def test_a_run_is_taken_back_and_its_devices_are_not_done_any_more(desk, before, run) -> None:
    answer = desk.run("rollback", run, "--yes", "--json")
    assert answer.code == 0, answer.err
    assert {host["state"] for host in answer.json["hosts"].values()} == {"confirmed"}
    assert all(text(desk, host) == before for host in answer.json["hosts"])
    newest = desk.run("runs", "--json").json["runs"][0]
    assert (newest["kind"], newest["reason"]) == ("rollback", f"rollback of run {run}")
    gate = desk.run("deploy", "phase-2", "--yes")
    assert gate.code == 1
    assert "phase-1" in gate.err
    offices = desk.run("status", "--json").json["offices"].values()
    assert {office["state"] for office in offices} == {"attention", "not started"}


def test_it_goes_in_the_waves_of_the_run(desk, run) -> None:
    forth = desk.run("runs", "--json").json["runs"][0]["id"]
    back = desk.run("rollback", run, "--yes", "--json").json
    from sekayu_net.journal import Journal
    from sekayu_net.rollout.kept import waves_of

    with Journal.open(desk.project.journal_path) as journal:
        there = [wave.name for wave in waves_of(journal, forth)]
        assert len(there) > 1
        assert [wave.name for wave in waves_of(journal, back["run_id"])] == there


def test_one_device_of_a_run_is_taken_back_alone(desk, before, run) -> None:
    answer = desk.run("rollback", run, "--host", HOST, "--yes", "--json")
    assert list(answer.json["hosts"]) == [HOST]
    assert text(desk) == before
    assert "delta" in text(desk, "lurah-satu-rtr1")


def test_what_was_changed_since_is_shown_and_stays(desk, run) -> None:
    desk.place.devices[HOST].text += "\nby hand"
    answer = desk.run("rollback", run, "--host", HOST, "--yes")
    assert answer.code == 0, answer.err
    assert "by hand" in text(desk)
    assert "delta" not in text(desk)


def test_what_is_back_already_is_not_spoken_of(desk, before, run) -> None:
    device = desk.place.devices[HOST]
    device.text = device.text.replace("\ndelta", "")
    answer = desk.run("rollback", run, "--host", HOST, "--yes")
    assert answer.code == 0
    assert "left as it is" not in answer.out
    assert text(desk) == before


def test_a_rollback_can_be_saved_and_deployed_later(desk, before, run, tmp_path) -> None:
    file = str(tmp_path / "back.plan")
    assert desk.run("rollback", run, "--host", HOST, "--out", file).code == 3
    assert text(desk) != before
    assert f"for rollback of run {run}" in desk.run("show", file).out
    assert desk.run("deploy", "--plan", file, "--yes").code == 0
    assert text(desk) == before


def test_a_rollback_can_itself_be_taken_back(desk, before, run) -> None:
    back = desk.run("rollback", run, "--host", HOST, "--yes", "--json").json["run_id"]
    assert desk.run("rollback", back, "--yes").code == 0
    assert text(desk) != before
    assert "delta" in text(desk)


def test_with_approvals_set_a_rollback_needs_them_too(desk, run, tmp_path) -> None:
    desk.project.settings.approvals = 1
    scripts = list(desk.place.devices[HOST].scripts)
    assert desk.run("rollback", run, "--yes").code == 1
    file = str(tmp_path / "back.plan")
    assert desk.run("rollback", run, "--out", file).code == 3
    assert desk.run("deploy", "--plan", file, "--yes").code == 1
    assert desk.place.devices[HOST].scripts == scripts


def test_secrets_that_were_forgotten_refuse_the_device(desk, run, monkeypatch) -> None:
    from sekayu_net.errors import SecretError

    def unseal(fingerprint: str) -> str:
        raise SecretError(f"no known secret has the fingerprint {fingerprint}")

    monkeypatch.setattr(desk.place.fakes, "unseal", unseal)
    answer = desk.run("rollback", run, "--host", HOST, "--yes")
    assert answer.code == 4
    assert "no known secret" in answer.out


WRONG = {
    "a run that changed nothing": ("audit", "changed no device", 2),
    "a run that nobody knows": ("nonsense", "knows no run", 1),
}


@pytest.mark.parametrize(("kind", "words", "code"), WRONG.values(), ids=WRONG)
def test_what_can_not_be_taken_back_is_refused(desk, run, kind, words, code) -> None:
    if kind == "audit":
        desk.run("audit")
        kind = desk.run("runs", "--json").json["runs"][0]["id"]
    answer = desk.run("rollback", kind, "--yes")
    assert answer.code == code
    assert words in answer.err


def test_a_device_that_a_run_did_not_change_is_wrong_usage(desk, run) -> None:
    answer = desk.run("rollback", run, "--host", "desa-jauh-rtr1", "--yes")
    assert answer.code == 2
    assert "changed nothing on desa-jauh-rtr1" in answer.err


def test_a_run_that_has_not_ended_is_to_be_resumed_first(desk, before) -> None:
    from sekayu_net.journal import Journal

    with Journal.open(desk.project.journal_path) as journal:
        open_run = journal.begin("deploy", operator="tester")
        journal.enter(open_run, HOST, wave="w", state="applied")
    answer = desk.run("rollback", open_run, "--yes")
    assert answer.code == 1
    assert f"sekayu-net resume {open_run}" in answer.err


def test_without_a_terminal_it_names_yes(desk, run) -> None:
    answer = desk.run("rollback", run)
    assert answer.code == 2
    assert "--yes" in answer.err
