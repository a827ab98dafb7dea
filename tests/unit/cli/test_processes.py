"""What is shared by how many processes, and what Ctrl-C means to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from nornir.core.task import Task

from sekayu_net.cli import processes
from sekayu_net.system import deaf_children

ASKED = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


@pytest.mark.parametrize(
    ("devices", "each", "count"),
    [(0, 150, 1), (34, 150, 1), (299, 150, 1), (300, 150, 2), (300, 75, 4), (5000, 150, 4)],
)
def test_a_process_more_is_for_many_devices_and_a_core_of_its_own(
    monkeypatch, devices, each, count
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    assert processes.how_many(devices, each) == count


def in_one(desk, monkeypatch) -> list[tuple[str, int]]:
    """Two processes are always worth while, and are this one: which jobs, for how many devices."""
    done: list[tuple[str, int]] = []

    def share_out(project, site, hosts, count, job, take) -> None:
        done.append((type(job).__name__, len(hosts)))
        job(project, site, hosts, take)

    monkeypatch.setattr(processes, "how_many", lambda devices, each: 2)
    monkeypatch.setattr(processes, "share_out", share_out)
    return done


@pytest.mark.parametrize("words", [("plan", "phase-1"), ("deploy", "phase-1", "--yes")])
def test_plans_are_shared_out_and_nothing_else_of_a_deployment(desk, monkeypatch, words) -> None:
    alone = desk.run("plan", "phase-1", "--json").json["hosts"]
    done = in_one(desk, monkeypatch)
    said = desk.run(*words, "--json")
    assert done == [("Planning", len(alone))]
    if words[0] == "plan":
        assert said.json["hosts"] == alone
    else:
        assert {each["state"] for each in said.json["hosts"].values()} == {"confirmed"}


def test_a_plan_of_drift_alone_is_not_for_those_who_know_only_the_templates(
    desk, monkeypatch
) -> None:
    assert desk.run("deploy", "phase-1", "--yes").code == 0
    desk.place.devices["lurah-dua-rtr1"].text += "\nomega"
    done = in_one(desk, monkeypatch)
    assert desk.run("audit", "phase-1", "--fix", "--yes").code == 0
    assert [job for job, _ in done] == ["Judging"]


def test_who_is_told_to_run_anything_but_plans_refuses(desk) -> None:
    site = desk.place.site()
    deploy = site.task("deploy")
    runner = processes.PlanRunner(desk.project, site, 2)
    with pytest.raises(ValueError, match="deploy is not run by several"):
        runner.run(Task(deploy, None, False, None), [])


def test_other_machines_are_not_shared_out_again(desk, monkeypatch) -> None:
    in_one(desk, monkeypatch)
    elsewhere = replace(desk.place.site(), runner=lambda settle: None)
    assert processes.planning(desk.project, elsewhere, 5000) is elsewhere


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals as Unix has them")
def test_a_child_hears_no_interrupt_from_its_first_moment_on_its_parent_does() -> None:
    def deaf() -> str:
        return subprocess.run(
            [sys.executable, "-c", ASKED], capture_output=True, text=True, check=True
        ).stdout.strip()

    def interrupted() -> None:
        with deaf_children():
            assert deaf() == "True"
            # to this thread: other tests may have left some that block nothing
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert deaf() == "False"
