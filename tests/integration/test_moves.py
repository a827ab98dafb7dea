"""An office becomes a part of another, on the simulated district."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekayu_net.cli.demo import copy_project
from tests.integration.district import lab_up
from tests.integration.test_rollout import ROOT, Person

pytestmark = pytest.mark.xdist_group("lab-moves")
HUBS = ("camat-sekayu-rtr1", "camat-sekayu-rtr2")
GONE, STAYS = "desa-sukarami", "desa-bandar-jaya"
CODE = "16.06.01.2001"
FREE = 'serial: HEX6E6007AC, version: "7.20.4"'


def named(*hosts: str) -> tuple[str, ...]:
    return tuple(word for host in hosts for word in ("--host", host))


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    project: Path = tmp_path_factory.mktemp("moves") / "project"
    copy_project(ROOT, project)
    offices = project / "inventory" / "offices.yaml"
    text = offices.read_text()
    assert FREE in text
    offices.write_text(text.replace(FREE, f"{FREE}, ports: {{ether3: access_point}}"))
    person = Person(project)
    with lab_up(person):
        yield person


def test_a_merged_office_is_clean_and_its_addresses_are_free(person: Person) -> None:
    router, new = f"{STAYS}-rtr1", f"{STAYS}-ap2"
    before = named(*HUBS, f"{GONE}-rtr1", f"{GONE}-ap1", router, f"{STAYS}-ap1")
    person.json("deploy", *before, "--yes", code=0)
    assert person.type("inventory", "merge", GONE, "--into", STAYS, "--yes")[0] == 0
    assert person.type("inventory", "check")[0] == 0

    person.json("deploy", *named(router), "--yes", code=0)
    code, _, err = person.type("inventory", "allocate", "--release", CODE)
    assert (code, "still in use" in err) == (2, True)
    assert person.type("lab", "carry", new)[0] == 0
    rest = named(*HUBS, new)
    plan = person.json("plan", *rest, code=3)["hosts"]
    assert {host["status"] for host in plan.values()} == {"change"}
    done = person.json("deploy", *rest, "--yes", code=0)["hosts"]
    assert {host["state"] for host in done.values()} == {"confirmed"}

    person.json("audit", *named(*HUBS, router, f"{STAYS}-ap1", new), code=0)
    assert person.type("inventory", "allocate", "--release", CODE)[0] == 0
    for old in (f"{GONE}-rtr1", f"{GONE}-ap1"):
        assert person.json("history", old, code=0)["versions"]
    assert person.json("lab", "list", code=0)[new]["up"]
