"""``prune``, and scheduled runs that forget by themselves."""

from __future__ import annotations

import pytest

from sekayu_net.journal import Journal
from sekayu_net.settings import JournalSettings

OLD = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def kept(desk):
    """The desk after two audits of long ago and one of today."""
    desk.project.settings.journal = JournalSettings()
    for time in (OLD, OLD, None):
        desk.run("audit")
        with Journal.open(desk.project.journal_path) as journal, journal.transaction() as db:
            if time is not None:
                db.execute("UPDATE runs SET started = ?", (time,))
                db.execute("UPDATE audits SET time = ?", (time,))
    return desk


def audits(desk) -> int:
    with Journal.open(desk.project.journal_path) as journal:
        return len(journal.runs("audit"))


def test_a_dry_run_says_how_many_and_forgets_nothing(kept) -> None:
    ended = kept.run("prune", "--older-than", "400d", "--dry-run")
    assert (ended.code, audits(kept)) == (3, 3)
    assert "would be forgotten: 14 audit results, 2 runs, from before " in ended.out
    document = kept.run("prune", "--older-than", "400d", "--dry-run", "--json").json
    assert (document["forgotten"], document["audits"], document["runs"]) == (False, 14, 2)


def test_old_audits_are_forgotten(kept) -> None:
    ended = kept.run("prune", "--older-than", "400d", "--yes")
    assert (ended.code, audits(kept)) == (0, 1)
    assert "forgotten: 14 audit results, 2 runs" in ended.out
    assert "nothing was forgotten" in kept.run("prune", "--older-than", "400d", "--yes").out


def test_without_a_terminal_it_is_not_asked_and_nothing_is_forgotten(kept) -> None:
    ended = kept.run("prune", "--older-than", "400d")
    assert (ended.code, audits(kept)) == (2, 3)
    assert "--yes" in ended.err


def test_the_settings_may_say_how_old(kept) -> None:
    kept.project.settings.journal = JournalSettings(keep_audits="52w")
    assert "2 runs" in kept.run("prune", "--dry-run").out


@pytest.mark.parametrize("words", [(), ("--older-than", "1 year")])
def test_how_old_has_to_be_said_in_days_or_weeks(kept, words) -> None:
    ended = kept.run("prune", *words, "--yes")
    assert (ended.code, audits(kept)) == (2, 3)
    assert "400d" in ended.err
