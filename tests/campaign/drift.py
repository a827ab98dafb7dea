"""Real changes by hand, and noise: ``python -m tests.campaign.drift [--changes N] [--noise N]``.

Detection: hands log into devices of the simulated district over SSH (and into one of RouterOS
6.49), change something, and each audit must find it, name it, give it the cause drift, and say who
it was where the device tells. False drift: nothing is changed, but devices reboot, clocks move,
leases come and go; each audit of all must be clean. Prints the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncssh

from sekayu_net.archive import Archive
from sekayu_net.audit import Finding, HostAudit, audit_host
from sekayu_net.errors import DeviceError
from sekayu_net.journal import Confirmed
from sekayu_net.plan import Running
from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from tests.campaign.hands import Deed, deeds

HAND = "teknisi"


@dataclass
class Subject:
    """One device under hands. ``read`` gives its masked state; ``login`` how a hand gets in.

    ``base`` is what it was left saying; after each deed the new state is taken for good.
    """

    host: str
    version: str
    login: Mapping[str, Any]
    read: Callable[[], Running]
    context: DiffContext
    intended: str
    base: Confirmed | None = None
    runs: frozenset[str] = frozenset(("campaign",))

    def accept(self, running: Running) -> None:
        """Take this state for what was confirmed."""
        self.base = Confirmed(
            self.host, "campaign", "now", running.fingerprint, running.canonical, self.intended,
            running.reading.beyond,
        )  # fmt: skip

    def audit(self) -> tuple[HostAudit, Running]:
        """Read and compare."""
        running = self.read()
        known = self.runs | {(running.reading.confirmed or {}).get("run", "")}
        found = audit_host(
            self.host, running, self.intended, confirmed=self.base, platform=ROUTEROS,
            context=self.context, runs=known, own_users=("sekayu",),
        )  # fmt: skip
        return found, running


async def _by_hand(login: Mapping[str, Any], deed: Deed) -> str:
    async with asyncssh.connect(
        login["host"], port=login["port"], username=login["username"], password=login["password"],
        client_keys=None, agent_path=None, known_hosts=None, config=None,
        kex_algs=[*KEX, "diffie-hellman-group14-sha1"], server_host_key_algs=[*HOST_KEYS],
    ) as session:  # fmt: skip
        if deed.upload is not None:
            name, content = deed.upload
            async with session.start_sftp_client() as files, files.open(name, "w") as file:
                await file.write(content)
        if not deed.command:
            return ""
        done = await session.run(deed.command, timeout=20, check=False)
        return str(done.stdout or "").strip()


KEX = (
    "curve25519-sha256", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256",
)  # fmt: skip
HOST_KEYS = ("ssh-ed25519", "rsa-sha2-256", "ssh-rsa")


def by_hand(login: Mapping[str, Any], deed: Deed) -> str:
    """Do it over SSH; what the device said."""
    return asyncio.run(asyncio.wait_for(_by_hand(login, deed), 40))


def names(deed: Deed, finding: Finding) -> bool:
    """Whether a finding is the one that a deed must lead to."""
    text = " ".join(filter(None, (finding.item, finding.expected, finding.actual, finding.message)))
    return (
        finding.kind == deed.kind
        and finding.path == deed.path
        and finding.cause == "drift"
        and deed.item in text
        and deed.value in text
    )


def complaint(deed: Deed, audit: HostAudit) -> str | None:
    """What is wrong with an audit after a deed; None when nothing is."""
    drift = [each for each in audit.findings if each.cause == "drift"]
    found = [each for each in drift if names(deed, each)]
    told = [f"{f.kind} {f.path} {f.item} ({f.expected} / {f.actual})" for f in drift]
    if not found:
        return f"not found or not named; the audit says {told or 'nothing'}"
    beside = {each.path for each in drift} - {deed.path} - deed.also
    if beside:
        return f"drift where nothing was done: {sorted(beside)}"
    who = {each.who or "" for each in found}
    if deed.what != "file" and not any(HAND in each for each in who):
        return f"attributed to {who}"
    if any("by-hand" in text or "other-hand" in text for text in told):
        return "a secret shows in a finding"
    return None


@dataclass
class Tally:
    """Deeds by what they were and by version; what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def detect(subjects: Sequence[Subject], changes: int, seed: int) -> Tally:
    """That many changes, in turn on all devices; each is judged at once and then taken for good."""
    tally = Tally()
    for subject in subjects:
        subject.accept(subject.read())
    for number, choose in enumerate(deeds(seed)):
        if sum(tally.done.values()) >= changes:
            return tally
        subject = subjects[number % len(subjects)]
        assert subject.base is not None
        deed = choose(subject.base.config, dict(subject.base.beyond or {}))  # type: ignore[arg-type]
        said = by_hand(subject.login, deed)
        if said:
            tally.refused[f"{deed.what} {deed.path}: {said[:60]}"] += 1
            subject.accept(subject.read())
            continue
        audit, running = subject.audit()
        tally.done[deed.what] += 1
        tally.versions[subject.version] += 1
        wrong = complaint(deed, audit)
        if wrong is None:
            tally.found[deed.what] += 1
        else:
            tally.wrong.append(
                f"{subject.host} ({subject.version}): {deed.command or deed}: {wrong}"
            )
        subject.accept(running)
    return tally


def table(tally: Tally) -> str:
    """Markdown."""
    rows = [
        f"| {what} | {count} | {tally.found[what]} |" for what, count in sorted(tally.done.items())
    ]
    total = f"| **all** | {sum(tally.done.values())} | {sum(tally.found.values())} |"
    head = ["| what a hand did | times | found, named, attributed |", "|---|---:|---:|"]
    return "\n".join([*head, *rows, total])


def quiet(
    subjects: Sequence[Subject], rounds: int, disturb: Callable[[int], None], archive: Archive
) -> list[str]:
    """That many rounds of noise and audits of all.

    Every finding with a cause is a complaint, and every commit that an archive makes of a read.
    """
    wrong = []
    for subject in subjects:
        subject.accept(subject.read())
    archive.store({s.host: s.base.config for s in subjects if s.base}, "before")
    for number in range(rounds):
        disturb(number)
        texts = {}
        for subject in subjects:
            audit, running = subject.audit()
            texts[subject.host] = running.canonical
            wrong += [
                f"round {number}, {subject.host} ({subject.version}): {each}"
                for each in audit.findings
                if each.cause is not None or each.kind == "unreadable"
            ]
        wrong += [f"round {number}: a commit for {host}" for host in archive.store(texts, "read")]
    return wrong


@contextmanager
def district(folder: Path) -> Iterator[tuple[list[Subject], Callable[[int], None]]]:
    """The simulated district, deployed, and what disturbs it: reboots and clocks."""
    from sekayu_net.cli.demo import Stage, copy_project
    from sekayu_net.cli.site import site_of
    from sekayu_net.project import Project
    from sekayu_net.rollout.reading import read_device

    root = folder / "project"
    copy_project(Path(__file__).parents[2], root)
    stage = Stage(root)

    def run(*words: str) -> None:
        done = subprocess.run(
            stage.command(*words), capture_output=True, text=True, timeout=280, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stderr[-2000:]}")

    run("lab", "up")
    try:
        run("deploy", "phase-1", "--yes")
        run("deploy", "phase-2", "--yes")
        site = site_of(Project.load(root, lab=True))
        logins = stage.ask("lab", "list")

        def patiently(site: Any, device: Any) -> Running:
            deadline = time.monotonic() + 60
            while True:
                try:
                    return read_device(site, device)
                except DeviceError:  # it boots
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)

        subjects = [
            Subject(
                host, device.version, logins[host], partial(patiently, site, device),
                site.context(device), site.intended(device),
            )
            for host, device in site.district.devices.items()
        ]  # fmt: skip
        hosts = sorted(logins)

        def disturb(number: int) -> None:
            kind = FAULTS[number % len(FAULTS)]
            run("lab", "fault", hosts[number * 7 % len(hosts)], *kind)

        yield subjects, disturb
    finally:
        run("lab", "down")


#: What happens to devices of the district without anybody changing them.
FAULTS = (("reboot",), ("clock-jump", "-86400"), ("reboot",), ("clock-jump", "7200"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both parts and print the table; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--changes", type=int, default=200, help="changes by hand (200)")
    parser.add_argument("--noise", type=int, default=100, help="rounds of noise (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of changes (1)")
    said = parser.parse_args(arguments)
    # The only key exchange that RouterOS 6 shares with today's clients.
    warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")
    from tests.campaign.bench_devices import benches, disturb

    started = time.monotonic()
    wrong: list[str] = []
    with (
        TemporaryDirectory() as folder,
        district(Path(folder)) as (subjects, shake),
        benches(Path(folder)) as made,
    ):
        everyone = [*subjects, *(subject for _, subject in made)]

        def both(number: int) -> None:
            shake(number)
            for site, _ in made:
                disturb(site, number)

        wrong += quiet(everyone, said.noise, both, Archive(Path(folder) / "archive"))
        calm = time.monotonic() - started
        print(f"{said.noise} rounds of noise, {said.noise * len(everyone)} audits: "
              f"{len(wrong)} false findings ({calm:.0f} s)", flush=True)  # fmt: skip
        # One of the old version for every fifth of the others.
        order = [s for n, s in enumerate(everyone) if not s.version.startswith("6")]
        old = [s for s in everyone if s.version.startswith("6")]
        mixed = [each for n, s in enumerate(order) for each in ([s, *old] if n % 5 == 0 else [s])]
        tally = detect(mixed, said.changes, said.seed)
    wrong += tally.wrong
    print(table(tally))
    versions = ", ".join(f"{name}: {count}" for name, count in sorted(tally.versions.items()))
    print(f"\nby version: {versions}; seed {said.seed}; {time.monotonic() - started:.0f} s in all")
    for words, count in tally.refused.items():
        print(f"refused by the device, not counted: {words} ({count})")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
