"""The small values of a playbook: spans, shares, windows, waivers, and how they may be written.

What the whole of a playbook is stands in ``playbook``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from sekayu_net.rollout import spans
from sekayu_net.rollout.windows import DAYS, Window, days_of, time_of

#: A part of a playbook: unknown keys are faults, values don't change.
STRICT = ConfigDict(extra="forbid", frozen=True)


def listed(value: object) -> object:
    """One value where a list is meant is a list of one."""
    return value if isinstance(value, list) or value is None else [value]


def share(value: object) -> float:
    """A share of something: more than nothing. ``ValueError`` for anything else."""
    found = spans.percent(value)
    if found == 0:
        raise ValueError("0% is nobody: leave the wave out")
    return found


def budget(value: object) -> int | str:
    """A failure budget: a count, or a share as it is written. ``ValueError`` for others."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        spans.percent(value)
        return value.strip()
    raise ValueError(f"{value!r} is neither an integer from 0 on nor a share like 10%")


def clock(value: object) -> object:
    """A time of day as it must be written. YAML takes ``21:00`` without quotes for a number."""
    if isinstance(value, int):
        raise ValueError('write the time in quotes, "21:00": YAML takes it for a number else')
    return value


Span = Annotated[int, PlainValidator(spans.seconds)]
Share = Annotated[float, PlainValidator(share)]
Budget = Annotated[int | str, PlainValidator(budget)]
Clock = Annotated[str, BeforeValidator(clock)]


class WindowEntry(BaseModel):
    """When devices may be changed: on which days a window begins (all without), from when to when.

    ``to`` at or before ``from`` is on the next day.
    """

    model_config = STRICT

    days: Annotated[list[str], BeforeValidator(listed)] = list(DAYS)
    begin: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _it_is_one(self) -> WindowEntry:
        self.value()
        return self

    def value(self) -> Window:
        """The window. ``ValueError`` when it is none."""
        return Window(days_of(self.days), time_of(self.begin), time_of(self.end))


class OnUnreachable(BaseModel):
    """What becomes of a device that was offline: seconds for which it waits to be caught up."""

    model_config = STRICT

    catch_up: Span = 7 * 86400


class WaiverEntry(BaseModel):
    """A device that the gate does not wait for, why, and the last day of that."""

    model_config = STRICT

    host: str
    reason: Annotated[str, Field(min_length=1)]
    until: date

    @model_validator(mode="before")
    @classmethod
    def _reason_is_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("reason"), str):
            return {**data, "reason": data["reason"].strip()}
        return data
