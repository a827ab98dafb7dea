"""Maintenance windows and spans: pure, in the district's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekayu_net.errors import ProjectError
from sekayu_net.rollout import spans
from sekayu_net.rollout.windows import DAYS, Window, closes, days_of, opens, shut, zone_of

JAKARTA = "Asia/Jakarta"  # UTC+7, no summer time
NIGHT = ("mon-fri 21:00-05:00",)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# 2026-03-02 is a Monday. 21:00 in Jakarta is 14:00 UTC.
OPEN = {
    "before it opens": ("2026-03-02T13:59", None),
    "as it opens": ("2026-03-02T14:00", "2026-03-02T22:00"),
    "after midnight": ("2026-03-02T20:00", "2026-03-02T22:00"),
    "as it closes": ("2026-03-02T22:00", None),
    "on Saturday morning, Friday's": ("2026-03-06T21:00", "2026-03-06T22:00"),
    "on Saturday night": ("2026-03-07T15:00", None),
    "on Monday morning, Sunday's would be": ("2026-03-01T20:00", None),
}


@pytest.mark.parametrize(("at", "until"), OPEN.values(), ids=OPEN)
def test_a_window_is_open_in_local_time(at, until) -> None:
    assert closes(NIGHT, JAKARTA, utc(at)) == (utc(until) if until else None)


def test_the_next_opening_is_named_over_a_weekend() -> None:
    assert opens(NIGHT, JAKARTA, utc("2026-03-07T00:00")) == utc("2026-03-09T14:00")
    told = shut(NIGHT, JAKARTA, utc("2026-03-07T00:00"))
    assert told == "outside the maintenance window, which opens Mon 09 Mar 21:00 WIB"


def test_what_would_not_end_within_does_not_begin() -> None:
    at = utc("2026-03-02T21:50")
    assert shut(NIGHT, JAKARTA, at, needed=600) is None
    told = shut(NIGHT, JAKARTA, at, needed=601)
    assert told is not None
    assert "closes Tue 03 Mar 05:00 WIB, too soon for 10 min 1 s;" in told


def test_what_fits_into_no_window_is_told_so() -> None:
    at = utc("2026-03-02T14:30")
    assert "the next opens" in str(shut(NIGHT, JAKARTA, at, needed=8 * 3600))
    told = str(shut(NIGHT, JAKARTA, at, needed=8 * 3600 + 1))
    assert told.startswith("no maintenance window is long enough for 8 h")


def test_windows_that_touch_are_one() -> None:
    both = ("mon 22:00-02:00", "tue 02:00-04:00")
    assert closes(both, JAKARTA, utc("2026-03-02T16:00")) == utc("2026-03-02T21:00")


def test_without_windows_nothing_is_shut() -> None:
    assert shut((), JAKARTA, utc("2026-03-02T00:00"), needed=1e9) is None


@pytest.mark.parametrize("name", ["Asia/Nowhere", "../etc/passwd", ""])
def test_an_unknown_time_zone_is_told_with_what_to_do(name) -> None:
    with pytest.raises(ProjectError, match="knows no time zone") as caught:
        zone_of(name)
    assert "tzdata" in caught.value.hint


def test_equal_times_are_a_whole_day() -> None:
    assert closes(("mon 00:00-00:00",), "UTC", utc("2026-03-02T12:00")) == utc("2026-03-03T00:00")


@pytest.mark.parametrize(
    "words", ["mon", "mon 21:00", "mo 21:00-22:00", "mon 25:00-26:00", "mon 21-22", ""]
)
def test_what_is_no_window_is_refused(words) -> None:
    with pytest.raises(ValueError, match="is no"):
        Window.parse(words)


def test_a_range_of_days_goes_over_the_week_end() -> None:
    assert days_of(["fri-mon"]) == (0, 4, 5, 6)


@given(
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    begin=st.times(),
    end=st.times(),
    at=st.datetimes(
        datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
        datetime(2027, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
)
def test_a_window_is_open_or_opens_within_a_week(days, begin, end, at) -> None:
    words = str(Window(days_of(days), begin.replace(second=0), end.replace(second=0)))
    assert str(Window.parse(words)) == words
    until = closes((words,), JAKARTA, at)
    start = opens((words,), JAKARTA, at)
    assert at < start <= at + timedelta(days=8)
    assert closes((words,), JAKARTA, start) is not None
    assert until is None or until > at


SPANS = {"90s": 90, "10m": 600, "4h": 14400, "7d": 604800, "0": 0, "0s": 0, " 5 m ": 300}


@pytest.mark.parametrize(("words", "seconds"), SPANS.items())
def test_a_span_is_a_number_and_a_unit(words, seconds) -> None:
    assert spans.seconds(words) == seconds


@pytest.mark.parametrize("words", ["10", "m", "-5m", "1w", "10 minutes", "", None, 1.5])
def test_what_is_no_span_is_refused(words) -> None:
    with pytest.raises(ValueError, match="no span"):
        spans.seconds(words)


SAID = {0: "0 s", 45: "45 s", 600: "10 min", 3725: "1 h 2 min", 86400 * 7 + 7200: "7 d 2 h"}


@pytest.mark.parametrize(("seconds", "words"), SAID.items())
def test_a_span_is_said_in_two_units_at_most(seconds, words) -> None:
    assert spans.words(seconds) == words


def test_a_share_is_rounded_up_and_a_budget_down() -> None:
    assert (spans.at_least(25, 10), spans.at_least(1, 3), spans.at_least(0, 3)) == (3, 1, 0)
    assert (spans.at_most(25, 10), spans.at_most(10, 3), spans.at_most(100, 3)) == (2, 0, 3)
    assert spans.at_least(30, 10) == 3  # no rounding error of binary fractions


@pytest.mark.parametrize("words", ["25", "101%", "-5%", "a%", "%"])
def test_what_is_no_share_is_refused(words) -> None:
    with pytest.raises(ValueError, match="no share"):
        spans.percent(words)
