"""What NAPALM's users catch when a device or the way to it fails: NAPALM's own exceptions.

Each names the device and the step, in ours and in NAPALM's family alike.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from napalm.base import exceptions as napalm

from sekayu_net import errors
from tests.conformance.napalm_street import DRIVER, options, street
from tests.integration.conftest import Bench

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    yield from street(tmp_path, "7.20.1")


def nothing(site: Bench) -> None:
    """No fault: the options alone are wrong."""


def closed_port(site: Bench) -> dict[str, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return {"port": free.getsockname()[1]}


def other_key(site: Bench) -> None:
    site.device.faults.host_key = asyncssh.generate_private_key("ssh-ed25519")


def silence(site: Bench) -> None:
    """Its management address goes: nobody answers any more."""
    site.on_loop(lambda: site.device.execute("/ip address disable [find]", user="sekayu"))


def loss(site: Bench) -> None:
    site.device.faults.session_loss_after = 40


def slowness(site: Bench) -> None:
    site.device.faults.slow = 60


def garbage(site: Bench) -> None:
    site.device.faults.garbage = True


def reader(site: Bench) -> None:
    site.on_loop(
        lambda: site.device.execute("/user set [find name=sekayu] group=read", user="admin")
    )


@dataclass(frozen=True)
class Case:
    """``before`` strikes before the device is opened, ``after`` then; ``verb`` is what fails."""

    ours: type[errors.DeviceError]
    theirs: type[Exception]
    stage: str
    before: Callable[[Bench], Any] = nothing
    after: Callable[[Bench], Any] = nothing
    options: dict[str, Any] = field(default_factory=dict)
    password: str = ""
    verb: Callable[[Any], object] | None = None


def fail(device: Any, site: Bench, case: Case) -> None:
    device.open()
    case.after(site)
    assert case.verb is not None, "opening it ought to have failed"
    case.verb(device)


def merge(device: Any) -> None:
    device.load_merge_candidate(config="/system identity set name=other")
    device.commit_config()


CASES = {
    "a wrong password": Case(
        errors.AuthenticationError,
        napalm.ConnectAuthError,
        "connect",
        options={"key_file": None},
        password="wrong",
    ),
    "a closed port": Case(
        errors.UnreachableError, napalm.ConnectionException, "connect", before=closed_port
    ),
    "a changed host key": Case(
        errors.HostKeyError, napalm.ConnectionException, "connect", before=other_key
    ),
    "an unknown host key": Case(
        errors.HostKeyError,
        napalm.ConnectionException,
        "connect",
        options={"inventory_name": "never-seen"},
    ),
    "a silent address": Case(
        errors.UnreachableError, napalm.ConnectTimeoutError, "connect", before=silence
    ),
    "a lost session": Case(
        errors.UnreachableError,
        napalm.ConnectionClosedException,
        "read",
        after=loss,
        verb=lambda device: device.get_config(),
    ),
    "an answer that does not come": Case(
        errors.UnreachableError,
        napalm.CommandTimeoutException,
        "cli",
        after=slowness,
        verb=lambda device: device.cli(["/system identity print"]),
    ),
    "garbage": Case(
        errors.GarbledError,
        napalm.CommandErrorException,
        "read",
        after=garbage,
        verb=lambda device: device.get_facts(),
    ),
    "an unknown command": Case(
        errors.GarbledError,
        napalm.CommandErrorException,
        "cli",
        verb=lambda device: device.cli(["/nonsense"]),
    ),
    "a user who may only read": Case(
        errors.GuardError,
        napalm.CommitError,
        "guard",
        after=reader,
        verb=merge,
    ),
    "another serial number": Case(
        errors.IdentityError,
        napalm.ConnectionException,
        "identity",
        options={"serial": "XXXX"},
        verb=merge,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_napalm_s_own_exception_with_host_and_stage(site: Bench, case: Case) -> None:
    changed = {**options(site), **case.options, **(case.before(site) or {})}
    device = DRIVER("127.0.0.1", "sekayu", case.password, 1, changed)
    try:
        with pytest.raises(case.theirs) as caught:
            fail(device, site, case)
        if case.verb is merge:
            assert "name=other" not in site.export()
    finally:
        device.close()
    error = caught.value
    assert isinstance(error, case.ours)
    name = changed["inventory_name"]
    assert (error.host, error.stage) == (name, case.stage)
    assert str(error).startswith(f"{name}: {case.stage}: ")


def test_a_context_manager_lets_errors_pass_without_a_call_for_bug_reports(
    site: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(napalm.ConnectionException),
        DRIVER("127.0.0.1", "sekayu", "", 1, {**options(site), "inventory_name": "x"}),
    ):
        pass
    assert capsys.readouterr().out == ""
