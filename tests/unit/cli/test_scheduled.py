"""``schedule`` and ``notify`` through the real command line, on fake devices."""

from __future__ import annotations

import os
import signal
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.journal import Journal
from sekayu_net.settings import JournalSettings, NotifySettings

HOST = "lurah-dua-rtr1"
NAME = "notify/hook"


@pytest.fixture
def post(desk, tmp_path, monkeypatch):
    """The desk with what a schedule needs; messages go to a list, or fail while ``broken``."""
    import sekayu_net.cli.notify as notify_command
    import sekayu_net.cli.schedule as schedule_command
    from sekayu_net.outbox import NotSentError

    desk.sent, desk.broken = [], False

    def sender(project: Any) -> Any:
        def send(target: str, message: Any) -> None:
            if desk.broken:
                raise NotSentError("not accepted")
            desk.sent.append((target, message))

        return send

    desk.project.root = tmp_path
    desk.project.state = tmp_path / ".sekayu" / "lab"
    desk.project.settings.project = SimpleNamespace(name="Sekayu")
    desk.project.settings.ssh = SimpleNamespace(key_file=None)
    desk.project.settings.journal = JournalSettings()
    desk.project.settings.notify = NotifySettings(urls=(NAME,), unreachable_after=0)
    monkeypatch.setattr(notify_command, "sender", sender)
    monkeypatch.setattr(schedule_command, "folder_of", lambda system: tmp_path / "units")
    monkeypatch.setattr(schedule_command, "has_systemd", lambda: False)
    desk.run("deploy", "phase-1", "--yes")
    return desk


def runs(post) -> list[tuple[str, str]]:
    document = post.run("schedule", "show", "--json").json
    return [(run["selection"], run["result"]) for run in document["runs"]]


def drift(post) -> None:
    post.place.devices[HOST].text += "\nby-hand"


def test_a_run_audits_reports_and_is_recorded(post) -> None:
    assert post.run("schedule", "run", "phase-1").code == 0
    assert runs(post) == [("phase-1", "ok")]
    assert HOST in (post.project.state / "reports" / "audit.html").read_text()


def test_a_run_ends_like_the_audit(post) -> None:
    drift(post)
    assert post.run("schedule", "run", "--host", HOST).code == 3
    assert runs(post) == [(f"--host {HOST}", "pending")]


def test_an_overlapping_run_is_refused_recorded_and_asks_no_device(post) -> None:
    from sekayu_net.scheduled import scheduled_run

    lock = post.project.state / "schedule.lock"
    before = post.place.devices[HOST].sessions
    with scheduled_run(post.project.journal_path, lock, operator="x", what="first") as record:
        answer = post.run("schedule", "run", "phase-1")
        record("ok")
    assert answer.code == 1
    assert f"process {os.getpid()}" in answer.err
    assert post.place.devices[HOST].sessions == before
    assert runs(post) == [
        ("phase-1", f"refused: process {os.getpid()} was still at work"),
        ("first", "ok"),
    ]


def test_a_run_that_a_power_cut_ended_is_recorded_by_the_next(post) -> None:
    with Journal.open(post.project.journal_path) as journal:
        journal.begin("schedule", operator="x", selection="before the cut")
    post.run("schedule", "run", "phase-1")
    assert runs(post) == [("phase-1", "ok"), ("before the cut", "broken off")]


def test_an_error_is_recorded(post) -> None:
    post.run("schedule", "run", "phase-9")
    assert runs(post) == [("phase-9", "failed: UsageError")]


def test_a_run_that_is_told_to_stop_is_recorded(post, monkeypatch) -> None:
    import sekayu_net.cli.audit as audit_command

    def told_to_stop(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("it went on")

    monkeypatch.setattr(audit_command, "audit", told_to_stop)
    assert post.run("schedule", "run", "phase-1").code == 130
    assert runs(post) == [("phase-1", "stopped")]


def test_a_clean_run_tells_nobody(post) -> None:
    post.run("schedule", "run", "phase-1")
    assert post.sent == []


def test_drift_is_told_once_and_its_end_once(post) -> None:
    post.run("schedule", "run", "phase-1")
    drift(post)
    post.run("schedule", "run", "phase-1")
    post.run("schedule", "run", "phase-1")
    post.run("deploy", "--host", HOST, "--yes")
    post.run("schedule", "run", "phase-1")
    titles = [message.title for _, message in post.sent]
    assert titles == ["Sekayu: 1 baru", "Sekayu: 1 selesai"]
    assert HOST in post.sent[0][1].body


def test_silence_and_its_end_are_told(post) -> None:
    post.place.devices[HOST].faults.add("open")
    post.run("schedule", "run", "phase-1")
    post.place.devices[HOST].faults.clear()
    post.run("schedule", "run", "phase-1")
    (_, lost), (_, back) = post.sent
    assert "tidak terjangkau sejak" in lost.body
    assert f"{HOST}: terjangkau lagi" in back.body


def test_a_message_that_can_not_be_sent_fails_nothing_and_goes_out_next_time(post) -> None:
    drift(post)
    post.broken = True
    answer = post.run("schedule", "run", "phase-1")
    assert (answer.code, "not notified: notify/hook" in answer.err) == (3, True)
    assert "waits since" in post.run("notify", "show").out
    post.broken = False
    assert post.run("schedule", "run", "phase-1").code == 3
    assert [message.title for _, message in post.sent] == ["Sekayu: 1 baru"]


def test_nobody_to_tell_is_no_fault_of_an_audit(post) -> None:
    post.project.settings.notify = NotifySettings()
    drift(post)
    answer = post.run("schedule", "run", "phase-1")
    assert answer.code == 3
    assert "notif" not in answer.err


def test_notify_test_says_whether_it_got_out(post) -> None:
    assert post.run("notify", "test").out == f"{NAME}: sent\n"
    post.broken = True
    assert post.run("notify", "test").code == 1


@pytest.mark.parametrize("word", ["test", "send"])
def test_notify_without_anybody_says_what_to_write(post, word) -> None:
    post.project.settings.notify = NotifySettings()
    answer = post.run("notify", word)
    assert (answer.code, "[notify] urls" in answer.err) == (1, True)


def test_what_is_told_holds_no_secret(post) -> None:
    device = post.place.devices[HOST]
    device.text = device.text.replace("correct-horse", "hunter22")
    post.run("schedule", "run", "phase-1")
    told = "".join(message.title + message.body for _, message in post.sent)
    assert HOST in told
    assert "hunter22" not in told


def test_without_systemd_the_line_for_cron_is_printed_and_nothing_written(post, tmp_path) -> None:
    answer = post.run("schedule", "install", "phase-1", "--every", "6h", "--user")
    assert answer.code == 0
    assert answer.out.startswith("0 */6 * * * ")
    assert answer.out.endswith(" --lab schedule run phase-1\n")
    assert "crontab -e" in answer.err
    assert not (tmp_path / "units").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--every", "7h"],
        ["--every", "6h", "--on-calendar", "daily"],
        ["--on-calendar", "daily"],
        ["phase-9", "--every", "6h"],
        ["--host", "nowhere", "--every", "6h"],
    ],
    ids=" ".join,
)
def test_a_schedule_that_could_not_work_is_wrong_usage(post, words) -> None:
    assert post.run("schedule", "install", *words).code == 2


@pytest.fixture
def manager(post, monkeypatch, tmp_path):
    """A service manager that only listens."""
    import sekayu_net.cli.schedule as schedule_command

    heard: list[str] = []

    def systemctl(*words: str, system: bool) -> str:
        heard.append(" ".join(words))
        return "NEXT LEFT\n"

    monkeypatch.setattr(schedule_command, "has_systemd", lambda: True)
    monkeypatch.setattr(schedule_command, "systemctl", systemctl)
    monkeypatch.setattr(
        schedule_command, "folder_of", lambda system: tmp_path / ("system" if system else "user")
    )
    post.heard = heard
    return post


def test_install_show_and_remove_leave_nothing(manager, tmp_path) -> None:
    assert manager.run("schedule", "install", "--every", "1h", "--user").code == 0
    units = sorted(path.suffix for path in (tmp_path / "user").iterdir())
    assert units == [".service", ".timer"]
    assert manager.heard[0] == "daemon-reload"
    assert manager.heard[1].startswith("enable --now sekayu-net-audit-")
    assert len(manager.run("schedule", "show", "--json").json["units"]) == 2
    manager.heard.clear()
    manager.run("schedule", "remove")
    assert manager.heard[0].startswith("disable --now sekayu-net-audit-")
    assert list((tmp_path / "user").iterdir()) == []
    assert "no timer" in manager.run("schedule", "remove").out


def test_installing_again_replaces(manager, tmp_path) -> None:
    manager.run("schedule", "install", "--every", "1h", "--user")
    manager.run("schedule", "install", "--every", "6h", "--user")
    (timer,) = (tmp_path / "user").glob("*.timer")
    assert "00/6:00:00" in timer.read_text()


def test_print_installs_nothing(manager, tmp_path) -> None:
    answer = manager.run("schedule", "install", "--every", "1h", "--user", "--print")
    assert "ExecStart=" in answer.out
    assert "OnCalendar=" in answer.out
    assert not (tmp_path / "user").exists()


def test_an_environment_file_that_others_can_read_is_refused(manager, tmp_path) -> None:
    file = tmp_path / "env"
    file.touch(0o644)
    words = ["schedule", "install", "--every", "1h", "--environment-file", str(file)]
    assert manager.run(*words).code == 2
    file.chmod(0o600)
    assert manager.run(*words, "--user").code == 0
    (service,) = (tmp_path / "user").glob("*.service")
    assert f"EnvironmentFile={file}" in service.read_text()


def test_a_person_is_told_that_a_timer_has_no_agent(manager) -> None:
    manager.project.lab = False
    answer = manager.run("schedule", "install", "--every", "1h", "--user")
    assert "key_file" in answer.err


def test_two_senders_at_once_tell_each_thing_once(post, monkeypatch) -> None:
    import sekayu_net.cli.notify as notify_command
    from sekayu_net import outbox

    drift(post)
    post.run("audit", "--host", HOST)
    told: list[str] = []

    def sender(project: Any) -> Any:
        def send(target: str, message: Any) -> None:
            del message
            told.append(target)
            if len(told) == 1:  # the other one begins while the first is sending
                other = post.run("notify", "send")
                assert (other.code, "someone else" in other.err) == (1, True)

        return send

    monkeypatch.setattr(notify_command, "sender", sender)
    monkeypatch.setattr(outbox, "alone", partial(outbox.alone, patience=0))
    post.run("notify", "send")
    assert told == [NAME]


@pytest.mark.parametrize(("keep", "left"), [(None, 2), ("400d", 1)])
def test_a_run_forgets_old_audits_where_the_settings_say_so(post, keep, left) -> None:
    post.project.settings.journal = JournalSettings(keep_audits=keep)
    post.run("audit", "phase-1")
    with Journal.open(post.project.journal_path) as journal, journal.transaction() as db:
        db.execute("UPDATE runs SET started = '2020-01-01' WHERE kind = 'audit'")
    assert post.run("schedule", "run", "phase-1").code == 0
    with Journal.open(post.project.journal_path) as journal:
        assert len(journal.runs("audit")) == left
