"""scrapli-community's driver for RouterOS (classic scrapli, before 2026), over two transports.

Its ``send_commands`` does not know that RouterOS paints the prompt again before the output, takes
that for the end on every RouterOS, and is not called here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.clients.conftest import NEW, NEWEST, OLD, PASSWORD, USER, Bench, Maker

scrapli = pytest.importorskip("scrapli", reason="scrapli is not installed")
pytest.importorskip("scrapli_community", reason="scrapli-community is not installed")
pytestmark = pytest.mark.timeout(60)
VERSIONS = (OLD, NEW, NEWEST)


def connect(bench: Bench, transport: str) -> Any:
    login: dict[str, Any] = {"auth_password": PASSWORD, "auth_username": USER}
    if transport == "system":
        login = {"auth_username": "sekayu", "auth_private_key": str(bench.key_file)}
    return scrapli.Scrapli(
        platform="mikrotik_routeros", host="127.0.0.1", port=bench.port, transport=transport,
        auth_strict_key=True, ssh_known_hosts_file=str(bench.known_hosts), ssh_config_file="",
        timeout_socket=10, timeout_transport=15, timeout_ops=15, **login,
    )  # fmt: skip


@pytest.fixture(params=VERSIONS)
def open_connection(make_bench: Maker, request: pytest.FixtureRequest) -> Iterator[Any]:
    bench = make_bench(request.param)
    connection = connect(bench, "paramiko")
    connection.open()
    yield connection
    connection.close()


def test_the_prompt_is_found(open_connection: Any) -> None:
    assert open_connection.get_prompt() == f"[{USER}@office-rtr1] >"


def test_a_command_gives_its_output_and_nothing_else(open_connection: Any) -> None:
    lines = open_connection.send_command("/ip address print where !comment").result.splitlines()
    assert lines[-1].split()[-3:] == ["10.0.1.1/24", "10.0.1.0", "vlan10"]
    assert not any("office-rtr1" in line for line in lines)


def test_commands_are_answered_in_turn(open_connection: Any) -> None:
    for number in range(5):
        assert open_connection.send_command(f":put {number}").result.strip() == str(number)


def test_configuration_changes_the_device(make_bench: Maker) -> None:
    bench = make_bench(NEW)
    with connect(bench, "paramiko") as connection:
        connection.send_command("/ip address add address=10.9.0.1/24 interface=ether3")
        connection.send_command("/ip address set [find interface=ether3] comment=added")
    found = bench.on_loop(
        lambda: {
            row.get("address"): row.get("comment") for row in bench.device.items("/ip address")
        }
    )
    assert found["10.9.0.1/24"] == "added"


def test_an_error_is_in_the_answer(open_connection: Any) -> None:
    answer = open_connection.send_command("/nonsense", failed_when_contains="bad command name")
    assert answer.failed


# scrapli's copy of ptyprocess leaves its pipe to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client here")
def test_openssh_is_a_transport_for_it(make_bench: Maker) -> None:
    with connect(make_bench(NEW), "system") as connection:
        assert connection.get_prompt() == "[sekayu@office-rtr1] >"
        assert "10.0.1.1/24" in connection.send_command("/ip address print").result
