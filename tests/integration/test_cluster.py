"""The simulated district audited by other machines: the same findings, whoever dies on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from sekayu_net.cli.demo import copy_project
from tests.integration.district import lab_up
from tests.integration.test_rollout import ROOT, Person

distributed = pytest.importorskip("distributed", reason="pip install 'sekayu-net[cluster]'")
pytestmark = [
    pytest.mark.xdist_group("lab-cluster"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:unclosed"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("cluster") / "project"
    copy_project(ROOT, project)
    # Chunks of three, so that there is something left when a machine dies.
    settings = project / "sekayu.toml"
    settings.write_text(settings.read_text().replace("workers = 20", "workers = 3"))
    offices = project / "inventory" / "offices.yaml"
    told = offices.read_text().replace("rtr1}", "rtr1, region: muba}", 1)
    offices.write_text(told)
    person = Person(project)
    with lab_up(person):
        yield person


@pytest.fixture(scope="module")
def machines() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        resources={"region-muba": 1},
    ) as cluster:
        yield cluster


def kill_at_work(machines: distributed.LocalCluster, name: object) -> None:
    """Kill a machine as soon as it has work."""
    nanny = machines.workers[name]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        known = machines.scheduler.workers.get(nanny.worker_address)
        if known is not None and known.processing:
            machines.sync(nanny.kill)
            return
        time.sleep(0.02)


def test_other_machines_find_what_this_one_finds(person, machines) -> None:
    alone = person.json("audit", "--phase", "1", code=3)["hosts"]
    victim = next(iter(machines.workers))
    before = machines.workers[victim].pid
    killer = threading.Thread(target=kill_at_work, args=(machines, victim))
    killer.start()
    words = ("--runner", "dask", "--scheduler", machines.scheduler_address)
    together = person.json("audit", "--phase", "1", *words, code=3)["hosts"]
    killer.join(timeout=70)
    assert machines.workers[victim].pid != before  # killed, and started anew
    assert {h: found["status"] for h, found in together.items()} == {
        h: found["status"] for h, found in alone.items()
    }
    assert list(together) == list(alone)


def test_a_plan_that_other_machines_read_for_says_the_same(person, machines) -> None:
    who = ("--kind", "camat")
    alone = person.json("plan", *who, code=3)["hosts"]
    words = ("--runner", "dask", "--scheduler", machines.scheduler_address)
    together = person.json("plan", *who, *words, code=3)["hosts"]
    assert {h: plan["script"] for h, plan in together.items()} == {
        h: plan["script"] for h, plan in alone.items()
    }
