"""The comparison's own parts: a device that answers from memory, its answers, wire and tables."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.peers import ansible_play, district, packets, table, transcript, wire
from benchmarks.peers.contenders import NETMIKO, OURS, PLANNED
from benchmarks.peers.ssh_server import Device, Served, Server
from benchmarks.peers.stage import Outcome
from benchmarks.peers.transcript import Answers, generalised

ROOT = Path(__file__).parents[2]
PASSWORD = "only-in-these-tests"
LONG = "x" * 100_000
KEY = asyncssh.generate_private_key("ssh-ed25519")
LOOSE = {"known_hosts": None, "config": None, "agent_path": None}


def device(**given: object) -> Device:
    answers = {"/export": LONG, "/system identity print": "  name: office\n"}
    made = Device(
        host_key=Ed25519PrivateKey.generate(), user="sekayu", user_key=KEY.public_data,
        password=PASSWORD, prompt="[sekayu@office] > ", answer=answers.get,
    )  # fmt: skip
    return replace(made, **given)


def meet(made: Device, served: Served, work: object, **options: object) -> object:
    """What ``work`` gives of a connection to the device."""

    async def call() -> object:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Server(made, served), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        given = {"username": "sekayu", "client_keys": [KEY], "password": None} | options
        try:
            async with asyncssh.connect("127.0.0.1", port, **LOOSE, **given) as connection:
                return await asyncio.wait_for(work(connection), 20)
        finally:
            server.close()

    return asyncio.run(call())


async def export(connection: asyncssh.SSHClientConnection) -> str:
    return str((await connection.run("/export")).stdout)


@pytest.mark.parametrize("cipher", packets.CIPHERS)
@pytest.mark.parametrize("mac", packets.MACS)
def test_every_cipher_that_is_offered_carries_a_long_answer(cipher: str, mac: str) -> None:
    served = Served()
    options = {"encryption_algs": [cipher], "mac_algs": [mac]}
    assert meet(device(), served, export, **options) == LONG
    assert (served.connections, served.logins, served.commands) == (1, 1, 1)
    assert served.unknown == []


def test_nothing_is_offered_that_the_lab_does_not_offer() -> None:
    from sekayu_net.lab.algorithms import offer

    real = offer("7.20.4", strong=True)
    assert set(packets.KEX) <= set(real.kex)
    assert set(packets.CIPHERS) == set(real.ciphers)
    assert set(packets.MACS) == set(real.macs)


@pytest.mark.parametrize(
    "options",
    [
        {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
        {"client_keys": None, "password": "another"},
        {"username": "someone"},
    ],
)
def test_who_is_not_known_is_refused(options: dict[str, object]) -> None:
    served = Served()
    with pytest.raises(asyncssh.PermissionDenied):
        meet(device(), served, export, **options)
    assert served.logins == 0


def test_an_unknown_command_is_told() -> None:
    async def ask(connection: asyncssh.SSHClientConnection) -> str:
        return str((await connection.run("/nonsense")).stdout)

    served = Served()
    assert "bad command name" in str(meet(device(), served, ask))
    assert served.unknown == ["/nonsense"]


def test_a_shell_paints_prompt_line_and_prompt() -> None:
    async def type_it(connection: asyncssh.SSHClientConnection) -> str:
        process = await connection.create_process(term_type="vt100")
        process.stdin.write("/system identity print\r\n/quit\r\n")
        return str(await process.stdout.read())

    seen = str(meet(device(), Served(), type_it))
    prompt = "[sekayu@office] > "
    painted = f"\r{prompt}/system identity print\r\n  name: office\r\n"
    assert painted in seen
    assert seen.count(prompt) == 6


def test_random_marks_are_given_back() -> None:
    answers = Answers.of(
        [(':put "aabbccdd0"; :put "sekayu-11223344"', "aabbccdd0\nsekayu-11223344")]
    )
    said = answers.answer(':put "0011aabb0"; :put "sekayu-55667788"')
    assert said == "0011aabb0\nsekayu-55667788"
    assert answers.answer("/other") is None


def test_a_line_without_marks_stays() -> None:
    assert generalised('/log print where message~" by "') == ('/log print where message~" by "', ())


def packet(flags: int, *, to_device: bool, size: int = 0) -> bytes:
    ports = (40000, 22) if to_device else (22, 40000)
    ip = bytes([0x45]) + bytes(8) + bytes([6]) + bytes(2) + bytes([10, 0, 0, 1, 10, 1, 0, 7])
    return ip + struct.pack(">HH", *ports) + bytes(8) + bytes([0x50, flags]) + bytes(6 + size)


def test_a_round_trip_is_an_answer_after_a_request() -> None:
    flows: dict[bytes, wire.Flow] = {}
    for flags, to_device, size in (
        (0x02, True, 0), (0x12, False, 0), (0x10, True, 0),  # the handshake: one
        (0x18, True, 20), (0x18, True, 30), (0x18, False, 9), (0x18, False, 9),  # one
        (0x18, True, 5), (0x10, False, 0), (0x18, False, 5),  # one: a bare ACK is none
    ):  # fmt: skip
        wire.watch(packet(flags, to_device=to_device, size=size), flows)
    assert [flow.turns for flow in flows.values()] == [3]
    assert wire.count(flows)["connections"] == 1


def test_a_connection_that_says_nothing_is_idle() -> None:
    flows: dict[bytes, wire.Flow] = {}
    for flags, to_device in ((0x02, True), (0x12, False), (0x10, True)):
        wire.watch(packet(flags, to_device=to_device), flows)
    assert wire.count(flows)["idle"] == 1


def test_a_packet_comes_back_from_where_it_went() -> None:
    sent = packet(0x02, to_device=True)
    back = wire.turn_around(sent)
    assert (back[12:16], back[16:20]) == (sent[16:20], sent[12:16])
    assert wire.turn_around(back) == sent


def test_ansibles_recap_is_counted() -> None:
    said = (
        "r0 : ok=1 changed=0 unreachable=0 failed=0\nr1 : ok=0 changed=0 unreachable=1 failed=0\n"
    )
    assert ansible_play.recap(said) == (1, 1)


def row(name: str, workers: int, *seconds: float) -> table.Row:
    runs = tuple(Outcome(each, 0.2, 100, 0, each, 0.1, 0.1) for each in seconds)
    return table.Row(name, "audit", 0.0, 100, workers, runs)


def test_ratios_are_of_each_ones_best_median() -> None:
    rows = [row(OURS, 20, 9.0), row(OURS, 100, 1.0, 3.0, 2.0), row(NETMIKO, 50, 7.0)]
    (line,) = [each for each in table.goals(rows, None) if "netmiko at its best" in each]
    assert line.split(" | ")[3:] == ["3.50", "yes |"]
    (shown,) = [each for each in table.sheet(rows, "audit", 0.0, 100) if NETMIKO in each]
    assert "| 7.00 | 3.50 |" in shown


def test_an_import_that_left_nothing_behind_has_failed(tmp_path) -> None:
    job = {"commands": ["/import", "print"], "expected": ["198.18.1.1"], "file": "/x/bench.rsc"}
    (play,) = ansible_play.importing(job, serial=50)
    put, told = play["tasks"]
    assert play["serial"] == 50
    assert put["ansible.netcommon.net_put"]["dest"] == "bench.rsc"
    assert "'198.18.1.1' not in" in told["failed_when"]


def test_a_round_is_the_same_change_by_script_and_by_template(tmp_path) -> None:
    partial = tmp_path / district.PARTIAL
    partial.parent.mkdir(parents=True)
    district.intend(tmp_path, "/snmp\nset contact=Dinkominfo\n", 2)
    intended = partial.read_text().splitlines()
    assert intended[1] == "set contact=round-2"
    *added, setting = district.change(2).splitlines()
    assert [line for line in intended if "198.18.2." in line] == added
    assert len([line for line in intended if "198.18.1." in line]) == 2
    assert setting == "/snmp set contact=round-2"


def test_a_district_to_deploy_to_has_as_many_devices_as_asked_for(tmp_path) -> None:
    town = district.make_town(ROOT, tmp_path / "district", 6)
    assert len(town.names) == len(set(town.ports.values())) == 6
    assert len(town.known_hosts.read_text().splitlines()) == 6


def test_connections_on_which_nothing_was_asked_are_named_and_not_counted() -> None:
    run = Outcome(9.0, 1.0, 10, 0, 9.0, 1.0, 0.1, turns=100.0, connections=5.0, idle=20)
    rows = [table.Row(PLANNED, "deploy", 0.1, 10, 20, (run,))]
    assert any("5.0 (2.0 idle)" in line for line in table.sheet(rows, "deploy", 0.1, 10))
    assert "| connections a device | planned and deployed | ≤ 3 | 3.00 | yes |" in table.goals(
        rows, None
    )


def test_what_is_recorded_is_the_whole_of_the_products_read() -> None:
    found = transcript.record("sekayu", PASSWORD)
    words, export = found.exec
    assert export.startswith("/export")
    assert all(menu in words for menu in ("/user print", "/file print", "/log print"))
    assert {line for line, _ in found.pairs} == {*found.exec, *transcript.PLAIN}
