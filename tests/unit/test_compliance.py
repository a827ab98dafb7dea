"""Rules: what is a fault in the file, what a rule finds on a device."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.compliance import RuleBook, Subject, judge, load_rules, numbers
from sekayu_net.errors import InventoryError
from sekayu_net.plan import Running
from sekayu_net.platforms.base import Reading
from sekayu_net.platforms.routeros.platform import ROUTEROS

ROOT = Path(__file__).parents[2]
SHIPPED = load_rules(ROOT / "inventory")
CLOSED = "/ip firewall filter\nadd action=drop chain=input in-interface-list=!LAN\n"


def device(text: str, version: str = "7.20.4", **more) -> Subject:
    facts = more.pop("facts", {})
    reading = Reading(text, "h", "S1", "M", version, **more)
    running = Running.of(reading, ROUTEROS.mask(text, seal), ROUTEROS)
    return Subject(running, ROUTEROS, "h", "router", "desa", seal, facts)


def seal(value: str) -> str:
    return f"<secret:{sum(map(ord, value)):016x}>"


def broken(subject: Subject, book: RuleBook = SHIPPED) -> set[str]:
    return {f"{found.rule}" for found in judge(book, subject)}


#: a rule that ships → a device that breaks it, a device that does not
SHIPPED_CASES = {
    "no-telnet": (device(""), device("/ip service\nset telnet disabled=yes\n")),
    "no-ftp": (device(""), device("/ip service\nset ftp disabled=yes\n")),
    "no-www": (device(""), device("/ip service\nset www disabled=yes\n")),
    "no-api": (
        device("/ip service\nset api disabled=yes\n"),
        device("/ip service\nset api disabled=yes\nset api-ssl disabled=yes\n"),
    ),
    "winbox-restricted": (
        device(""), device("/ip service\nset winbox address=10.0.0.0/8\n"),
    ),
    "ssh-restricted": (
        device("", "7.24.1"), device("/ip service\nset ssh available-from=10.0.0.0/8\n", "7.24.1"),
    ),
    "ssh-strong-crypto": (device(""), device("/ip ssh\nset strong-crypto=yes\n")),
    "open-resolver": (
        device("/ip dns\nset allow-remote-requests=yes\n"),
        device("/ip dns\nset allow-remote-requests=yes\n" + CLOSED),
    ),
    "snmp-public": (
        device("/snmp\nset enabled=yes\n"),
        device("/snmp\nset enabled=yes\n/snmp community\nset [ find default=yes ] disabled=yes\n"),
    ),
    "snmp-write": (
        device("/snmp community\nadd name=other write-access=yes\n"),
        device("/snmp community\nadd name=other\n"),
    ),
    "no-socks": (device("/ip socks\nset enabled=yes\n"), device("")),
    "no-web-proxy": (device("/ip proxy\nset enabled=yes\n"), device("")),
    "no-upnp": (device("/ip upnp\nset enabled=yes\n"), device("")),
    "no-bandwidth-server": (device(""), device("/tool bandwidth-server\nset enabled=no\n")),
    "no-romon": (device("/tool romon\nset enabled=yes\n"), device("")),
    "mac-telnet": (device(""), device("/tool mac-server\nset allowed-interface-list=none\n")),
    "mac-winbox": (
        device(""), device("/tool mac-server mac-winbox\nset allowed-interface-list=none\n"),
    ),
    "discovery": (
        device(""), device("/ip neighbor discovery-settings\nset discover-interface-list=none\n"),
    ),
    "ntp": (device(""), device("/system ntp client\nset enabled=yes\n")),
    "identity": (device(""), device("/system identity\nset name=lurah-a-rtr1\n")),
    "fetching-scheduler": (
        device('/system scheduler\nadd name=u on-event="/tool fetch url=http://x"\n'),
        device('/system scheduler\nadd name=u on-event="/system backup save"\n'),
    ),
    "firmware": (device("", "7.6"), device("")),
    "default-password": (device("", facts={"default-login": "admin"}), device("")),
    "firmware-behind": (device("", facts={"behind": "7.24.1"}), device("")),
    "factory-account": (
        device("", beyond={"/user": ({"name": "admin", "disabled": "false"},)}),
        device("", beyond={"/user": ({"name": "admin", "disabled": "true"},)}),
    ),
    "unknown-account": (
        device("", beyond={"/user": ({"name": "ops", "disabled": "false", "group": "full"},)}),
        device("", beyond={"/user": ({"name": "ops", "disabled": "false", "group": "read"},)}),
    ),
    "unknown-ssh-key": (
        device("", beyond={"/user ssh-keys": ({"user": "teknisi", "bits": "2048"},)}),
        device("", beyond={"/user ssh-keys": ({"user": "sekayu", "bits": "2048"},)}),
    ),
    "second-key-of-the-tool": (
        device("", beyond={"/user ssh-keys": ({"user": "sekayu"}, {"user": "sekayu"})}),
        device("", beyond={"/user ssh-keys": ({"user": "sekayu"},)}),
    ),
    "flagged": (
        device("", beyond={"/system device-mode": ({"mode": "home", "flagged": "true"},)}),
        device("", beyond={"/system device-mode": ({"mode": "home", "flagged": "false"},)}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "bad", "good"), [(n, *pair) for n, pair in SHIPPED_CASES.items()], ids=SHIPPED_CASES
)
def test_a_shipped_rule_finds_what_breaks_it_and_nothing_else(rule, bad, good) -> None:
    assert rule in broken(bad)
    assert rule not in broken(good)


def test_every_shipped_rule_has_its_case_and_says_what_to_do() -> None:
    assert {rule.name for rule in SHIPPED.rules} == set(SHIPPED_CASES)
    assert all(rule.message and rule.fix for rule in SHIPPED.rules)


def test_a_word_in_a_rule_finds_a_secret_by_its_fingerprint(tmp_path) -> None:
    where = "    path: /snmp community\n    where: {name: cisco}\n    at-most: 0\n"
    found = judge(made(HEAD + where, tmp_path), device("/snmp community\nadd name=cisco\n"))
    assert [each.item for each in found] == [seal("cisco")]


def test_an_unreadable_menu_breaks_no_rule() -> None:
    assert "no-telnet" not in broken(device('#error exporting "/ip/service" (timeout)\n'))


def test_a_finding_of_a_rule_has_severity_and_no_cause() -> None:
    (found,) = [f for f in judge(SHIPPED, device("")) if f.rule == "no-telnet"]
    assert (found.kind, found.cause, found.severity) == ("rule", None, "major")
    assert (found.path, found.item, found.actual) == ("/ip service", "telnet", "disabled=no")
    assert found.message
    assert found.fix


def made(text: str, folder: Path) -> RuleBook:
    (folder / "rules.yaml").write_text(text)
    return load_rules(folder)


HEAD = "lists: {ours: [a]}\nrules:\n  - name: r\n    severity: minor\n    message: m\n"
WHERE = {
    "is": ("where: {name: telnet}", True),
    "one of": ("where: {name: [ssh, telnet]}", True),
    "yes is a word": ("where: {name: telnet, disabled: no}", True),
    "not": ("where: {name: {not: [telnet, ssh]}}", True),
    "in": ("where: {name: {in: ours}}", False),
    "not in": ("where: {name: {not-in: ours}}", True),
    "set": ("where: {certificate: {set: false}}", False),
    "matches": ("where: {name: {matches: ^tel}}", True),
    "a number": ("where: {port: 23}", True),
    "for another platform": ("platform: other", False),
    "for another role": ("role: access_point", False),
    "for this kind": ("kind: [desa, lurah]", True),
    "when": ("when: [{path: /ip dns, where: {allow-remote-requests: yes}}]", False),
    "unless": ("unless: [{path: /ip dns, where: {allow-remote-requests: no}}]", False),
}


@pytest.mark.parametrize(("line", "applies"), WHERE.values(), ids=WHERE)
def test_conditions(line, applies, tmp_path) -> None:
    book = made(f"{HEAD}    path: /ip service\n    at-most: 0\n    {line}\n", tmp_path)
    assert bool(judge(book, device(""))) is applies


LINES = {"at-most: 0": "h", "at-least: 2": "h", "at-least: 1": None, "at-most: 1": None}


@pytest.mark.parametrize(("limit", "found"), LINES.items(), ids=LINES)
def test_lines_are_counted_where_there_are_no_menus(limit, found, tmp_path) -> None:
    book = made(f"{HEAD}    lines: name=h\n    {limit}\n", tmp_path)
    assert bool(judge(book, device("/system identity\nset name=h\n"))) is (found is not None)


FAULTS = {
    "an unknown key": ("    path: /x\n    at-most: 0\n    wehre: {}\n", 8, "wehre"),
    "no such severity": ("    path: /x\n    at-most: 0\n  - {name: s, severity: bad}\n", 8, ""),
    "two demands": ("    path: /x\n    at-most: 0\n    must: {a: b}\n", 3, "one of must"),
    "no demand": ("    path: /x\n", 3, "one of must"),
    "path and lines": ("    path: /x\n    lines: x\n    at-most: 0\n", 3, "a path, or at lines"),
    "no such list": ("    path: /x\n    must: {a: {in: b}}\n", 1, "no list 'b'"),
    "no such condition": ("    path: /x\n    must: {a: {like: b}}\n", 7, "like"),
    "a broken expression": ("    path: /x\n    must: {a: {matches: '('}}\n", 7, "matches"),
}


@pytest.mark.parametrize(("text", "line", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_file_has_its_line(text, line, words, tmp_path) -> None:
    with pytest.raises(InventoryError) as caught:
        made(HEAD + text, tmp_path)
    told = str(caught.value)
    assert words in told
    assert f"rules.yaml:{line}" in told


def test_a_project_without_the_file_has_no_rules(tmp_path) -> None:
    assert load_rules(tmp_path).rules == ()


@pytest.mark.parametrize(
    ("version", "parts"),
    [("7.16.2 (stable)", (7, 16, 2)), ("7.9", (7, 9)), ("", ()), ("beta", ())],
)
def test_versions_are_compared_by_their_numbers(version, parts) -> None:
    assert numbers(version) == parts
