"""A plan over the small district of fakes, carried out with its clock; what a watcher saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sekayu_net.plan import Limits, PlannedWave
from sekayu_net.rollout.engine import Rollout
from sekayu_net.rollout.planning import make_plan


class Watcher:
    def __init__(self) -> None:
        self.armed: list[str] = []
        self.ends: list[str] = []
        self.waves: list[str] = []
        self.reasons: list[str] = []
        self.soaks: list[tuple[str, int]] = []

    def wave(self, name, hosts) -> None:
        self.waves.append(name)

    def soaking(self, name, seconds) -> None:
        self.soaks.append((name, seconds))

    def stage(self, host, state) -> None:
        if state == "armed":
            self.armed.append(host)

    def ended(self, outcome) -> None:
        self.ends.append(outcome.host)

    def stopped(self, reason) -> None:
        self.reasons.append(reason)


WAVES = (
    PlannedWave("lurah", ("lurah-satu-rtr1", "lurah-satu-ap1", "lurah-satu-ap2", "lurah-dua-rtr1")),
    PlannedWave("camat", ("camat-kota-rtr1", "camat-kota-ap1")),
    PlannedWave("desa", ("desa-jauh-rtr1",)),
)


class Deployment:
    def __init__(self, place, journal, **changes) -> None:
        self.site = place.site()
        self.journal = journal
        self.place = place
        self.watcher = Watcher()
        plan = make_plan(self.site, WAVES, limits=Limits(100), confirm_within=60)
        self.plan = replace(plan, **changes)
        self.stop = lambda: False
        self.now = lambda: (
            datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(seconds=place.clock.now - 1000)
        )

    def rollout(self) -> Rollout:
        return Rollout(
            self.site,
            self.plan,
            self.journal,
            self.id,
            self.watcher,
            stopping=self.stop,
            clock=self.place.clock,
            wait=self.place.clock.wait,
            now=self.now,
        )

    def run(self) -> dict[str, str]:
        self.id = self.journal.begin("deploy", operator="tester", confirm_within=60)
        self.outcomes = self.rollout().execute()
        return {host: outcome.state for host, outcome in self.outcomes.items()}
