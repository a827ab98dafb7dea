"""A scripted device: it understands the driver's own requests and nothing else.

It holds scripts, scheduler entries, jobs and files, so that what a step leaves behind can be
looked at. What RouterOS really makes of the same texts is the integration tests' question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import DeviceError, UnreachableError
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros.session import Session


class Words(Exception):  # noqa: N818 - the device's words of refusal
    pass


def unescape(text: str) -> str:
    return re.sub(
        r"\\(.)", lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m[1], m[1]), text, flags=re.DOTALL
    )


def split_commands(line: str) -> list[str]:
    """At ``;`` outside quotes and brackets."""
    parts, depth, quoted, start, index = [], 0, False, 0, 0
    while index < len(line):
        char = line[index]
        if char == "\\":
            index += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "{[(":
            depth += 1
        elif not quoted and char in "}])":
            depth -= 1
        elif not quoted and depth == 0 and char == ";":
            parts.append(line[start:index].strip())
            start = index + 1
        index += 1
    return [*parts, line[start:].strip()]


STRING = r'"((?:[^"\\]|\\.)*)"'


class FakeDevice:
    """``scripts`` and ``entries`` map names to properties; ``jobs`` holds script names."""

    def __init__(self) -> None:
        self.scripts: dict[str, dict[str, str]] = {}
        self.entries: dict[str, dict[str, str]] = {}
        self.files: dict[str, bytes] = {}
        self.jobs: list[str] = []
        self.values = {
            "/system resource get version": "7.20.1 (stable)",
            "/system resource get free-hdd-space": "50000000",
            "/system resource get board-name": "RB5009",
            "/system resource get uptime": "1d02:03:04",
            "/system identity get name": "r1",
        }
        self.prints: dict[str, str] = {}
        self.user = {"name": "sekayu", "group": "full"}
        self.policy = "ftp;reboot;read;write;policy;test;sensitive;ssh;!telnet"
        self.on_apply: Callable[[], None] = lambda: self.set_state("applied")
        self.on_undo: Callable[[], None] = lambda: self.set_state("reverted")
        self.rows: dict[str, dict[str, dict[str, str]]] = {}
        self.answering: set[str] = set()
        self.refuse: dict[str, str] = {}
        self.commands: list[str] = []
        self.at_once: list[int] = []
        self.open = True
        self.raw: Callable[[str], str] | None = None

    # the seam
    @property
    def alive(self) -> bool:
        return self.open

    def connect(self, target: Target) -> FakeDevice:
        self.open = True
        return self

    def close(self) -> None:
        self.open = False

    def put(self, files: Any, timeout: Any = None, *, stage: str = "") -> None:
        self.files |= files

    def get(self, path: str, timeout: Any = None, *, stage: str = "") -> bytes:
        return self.files[path]

    def run(self, command: str, timeout: Any = None, *, stage: str = "", encoding: str = "") -> str:
        if not self.open:
            raise UnreachableError("lost", host="r1", stage=stage)
        self.commands.append(command)
        if self.raw is not None:
            return self.raw(command)
        lines: list[str] = []
        try:
            for part in split_commands(command):
                lines += self.do(part)
        except Words as words:
            lines.append(str(words))
        return "".join(f"{line}\n" for line in lines)

    def run_all(self, requests: Any, *, stage: str = "") -> list[str | DeviceError]:
        self.at_once.append(len(requests))
        found: list[str | DeviceError] = []
        for each in requests:
            try:
                found.append(self.run(each.command, stage=stage))
            except DeviceError as error:
                found.append(error)
        return found

    # what it understands
    def table(self, menu: str) -> dict[str, dict[str, str]]:
        if menu == "/file":
            return {name: {"name": name, "size": str(len(d))} for name, d in self.files.items()}
        if menu == "/system script job":
            return {str(n): {"script": name} for n, name in enumerate(self.jobs)}
        if menu == "/user":
            return {self.user["name"]: self.user}
        if menu == "/user group":
            return {"full": {"name": "full", "policy": self.policy}}
        if menu in ("/ip route", "/user active"):
            return self.rows.get(menu, {})
        return {"/system script": self.scripts, "/system scheduler": self.entries}[menu]

    def find(self, menu: str, where: str) -> list[str]:
        found = []
        for name, stored in self.table(menu).items():
            row = {"name": name, "disabled": "no", **stored}
            tests = re.findall(rf"([a-z-]+)([=~])(?:{STRING}|(\w+))", where)
            if all(
                re.search(unescape(value), row.get(prop, "")) is not None
                if operator == "~"
                else row.get(prop) == (unescape(value) or bare)
                for prop, operator, value, bare in tests
            ):
                found.append(name)
        return found

    def remove(self, menu: str, name: str) -> None:
        if menu == "/file":
            del self.files[name]
        elif menu == "/system script job":
            self.jobs[int(name)] = ""
        else:
            del self.table(menu)[name]

    def set_state(self, state: str, words: str = "") -> None:
        record = self.scripts["sekayu-pending"]
        record["comment"] = re.sub(r"state=\S+", f"state={state}", record["comment"])
        record["comment"] += f" words={words}" if words else ""

    def state(self) -> str | None:
        record = self.scripts.get("sekayu-pending")
        return re.findall(r"state=(\S+)", record["comment"])[0] if record else None

    def do(self, command: str) -> list[str]:  # noqa: C901 - a table would be longer
        for part, words in self.refuse.items():
            if part in command:
                raise Words(words)
        if match := re.fullmatch(rf":put {STRING}", command):
            return [unescape(match[1])]
        if match := re.fullmatch(r":do \{ (.*) \} on-error=\{\}", command):
            try:
                return self.do(match[1])
            except Words:
                return []
        if match := re.fullmatch(r":if \(\[/ping (\S+) count=2\] > 0\) do=\{(.*)\}", command):
            return self.do(match[2]) if match[1] in self.answering else []
        if match := re.fullmatch(
            r":foreach i in=\[(\S+(?: \w+)*) find where (.*?)\] do=\{(.*)\}", command
        ):
            menu, where, body = match.groups()
            out = []
            for name in self.find(menu, where):
                row = {"name": name, **self.table(menu)[name]}
                if nested := re.fullmatch(r":local held .*? get \$i (\w+)\]; (.*)", body):
                    held = f'"{row[nested[1]]}"'
                    inner = nested[2].replace("$held", held).replace("$g", "$i")
                    out += self.do(inner.replace(":foreach g", ":foreach i"))
                elif get := re.search(rf"\({STRING} \. .*? get \$i ([a-z]+)\]", body):
                    out.append(get[1] + row.get(get[2], ""))
                else:
                    assert "remove $i" in body, command
                    self.remove(menu, name)
            self.jobs = [job for job in self.jobs if job]
            return out
        if match := re.fullmatch(
            rf":put \({STRING} \. \[:len \[(.*?) find where (.*)\]\]\)", command
        ):
            return [match[1] + str(len(self.find(match[2], match[3])))]
        if match := re.fullmatch(rf":put \({STRING} \. \[(.*)\]\)", command):
            inner = match[2].removeprefix(":serialize to=json [").removesuffix("]")
            return [match[1] + self.value(inner)]
        if match := re.fullmatch(r":put \[(/.*)\]", command):
            return [self.value(match[1])]
        if match := re.fullmatch(
            r":if \(\[:len \[(.*?) find where (.*?)\]\] = 0\) do=\{(.*)\}", command
        ):
            return [] if self.find(match[1], match[2]) else self.do(match[3])
        if match := re.fullmatch(rf":execute script={STRING}(?: file=.*)?", command):
            self.start(re.findall(r'run "(.*)"', unescape(match[1]))[0])
            return []
        if command.startswith(":put [:typeof [:execute"):
            return ["str"]
        if match := re.fullmatch(r"/system backup save name=\"(.*)\" dont-encrypt=yes", command):
            self.files[f"{match[1]}.backup"] = b"backup"
            return ["Configuration backup saved"]
        if match := re.fullmatch(rf"/import file-name={STRING}", command):
            for line in self.files[match[1]].decode().splitlines():
                self.do(line)
            return ["Script file loaded and executed successfully"]
        if match := re.fullmatch(rf"/import file-name={STRING} verbose=yes dry-run", command):
            return self.prints.get("dry-run", "").splitlines()
        if match := re.fullmatch(r"(/system (?:script|scheduler)) add (.*)", command):
            row = self.properties(match[2])
            name = row.pop("name")
            if name in self.table(match[1]):
                raise Words("failure: item with this name already exists")
            if name.endswith("-now"):  # it removes itself and runs a script
                self.start(re.findall(r'run "(.*)"', row["on-event"])[0])
                return []
            self.table(match[1])[name] = row
            return []
        if match := re.fullmatch(
            r"(/system (?:script|scheduler)) set \[find where (.*?)\] (.*)", command
        ):
            for name in self.find(match[1], match[2]):
                self.table(match[1])[name].update(self.properties(match[3]))
            return []
        if command.startswith("/export"):
            return self.prints["/export"].splitlines()
        raise Words(f"bad command name {command.split(maxsplit=1)[0]} (line 1 column 1)")

    def properties(self, text: str) -> dict[str, str]:
        found = re.findall(rf"([a-z-]+)=(?:{STRING}|(\S+))", text)
        return {key: unescape(quoted) if quoted else bare for key, quoted, bare in found}

    def value(self, expression: str) -> str:
        if expression in self.values:
            return self.values[expression]
        if expression in self.prints:
            return self.prints[expression]
        raise Words(f"bad command name {expression.rsplit(maxsplit=1)[-1]} (line 1 column 8)")

    def start(self, name: str) -> None:
        if name.endswith("-timer"):
            self.jobs.append(name)
        elif name.endswith("-apply"):
            self.on_apply()
        else:
            self.on_undo()


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def session(device: FakeDevice) -> Session:
    target = Target(
        host="r1",
        address="127.0.0.1",
        port=22,
        username="sekayu",
        known_hosts=Path("/nowhere"),
        timeout=1,
    )
    opened = Session(target, connect=device.connect)
    opened.open()
    return opened
