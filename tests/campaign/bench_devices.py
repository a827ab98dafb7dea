"""Devices on a bench for audits: every major version, real SSH, and noise that changes nothing.

What lives here: making them, and what happens to a device without anybody changing it. What does
not: hands and judgement (``hands``, ``drift``).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from sekayu_net.errors import DeviceError
from sekayu_net.lab.state import Item
from sekayu_net.plan import Running
from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rollout.reading import connected, read
from tests.campaign.drift import HAND, Subject
from tests.integration.conftest import Bench, bench

ROOT = Path(__file__).parents[2]
VERSIONS = ("6.49.17", "7.16.2", "7.20.4", "7.24.1")
PASSWORD = "a technician's own"
#: What such a device has in every version.
CONFIGURATION = f"""
/user add name={HAND} group=full password="{PASSWORD}"
/interface list add name=LAN
/ip pool add name=staff ranges=10.9.0.10-10.9.0.99
/ip address add address=10.9.0.1/24 interface=ether2
/ip dhcp-server add name=staff interface=ether2 address-pool=staff disabled=no
/ip dhcp-server network add address=10.9.0.0/24 gateway=10.9.0.1
/ip dns set servers=10.16.1.53
/ip firewall address-list add list=hand-closed address=10.0.0.0/8 comment="hand: closed"
/ip firewall filter add chain=input action=accept protocol=icmp comment="base: ping"
/ip firewall filter add chain=forward action=accept protocol=tcp dst-port=443 comment="staff: web"
/ip firewall filter add chain=forward action=accept protocol=tcp dst-port=25 comment="staff: mail"
/ip firewall filter add chain=forward action=drop protocol=udp dst-port=53 comment="public: names"
/ip firewall filter add chain=forward action=drop dst-address=10.0.0.0/8 comment="public: closed"
/queue simple add name=public target=10.9.0.0/24 max-limit=20M/20M
/system logging add topics=warning action=memory
"""


def read_bench(site: Bench) -> Running:
    """As an audit reads."""
    with connected(site.unopened) as driver:
        running = read(driver, ROUTEROS, seal, host=site.device.name)
        return replace(running, reading=replace(running.reading, events=driver.events()))


def seal(value: str) -> str:
    """The token of a secret; a bench needs no key for it."""
    return f"<secret:{hashlib.sha256(value.encode()).hexdigest()[:16]}>"


@contextmanager
def benches(
    folder: Path, versions: tuple[str, ...] = VERSIONS
) -> Iterator[list[tuple[Bench, Subject]]]:
    """A device of each version, configured, with a subject to audit it by."""
    ownership = ROUTEROS.load_ownership(ROOT / "templates" / "routeros", "router")
    with ExitStack() as stack:
        made = []
        for version in versions:
            place = folder / version
            place.mkdir()
            site = stack.enter_context(
                contextmanager(bench)(place, version=version, boot_seconds=0.2)
            )
            site.on_loop(partial(site.device.import_script, CONFIGURATION))
            site.on_loop(partial(site.device.files.write, "log.0.txt", b"a log on disk"))
            login = {
                "host": site.target.address, "port": site.target.port,
                "username": HAND, "password": PASSWORD,
            }  # fmt: skip
            context = DiffContext(version, ownership)
            first = read_bench(site)
            subject = Subject(
                f"bench-{version}", version, login, partial(read_bench, site), context,
                first.canonical,
            )  # fmt: skip
            made.append((site, subject))
        yield made


def disturb(site: Bench, number: int) -> None:
    """What happens to a device in the life of an office, without anybody changing it."""
    site.on_loop(lambda: NOISES[number % len(NOISES)](site, number))
    deadline = time.monotonic() + 20
    while True:
        try:
            with connected(site.unopened):
                return
        except DeviceError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def reboot(site: Bench, number: int) -> None:
    site.device.reboot()


def clock_moves(site: Bench, number: int) -> None:
    day = date(2020, 1, 1) + timedelta(days=411 * (number % 17))
    site.device.clock.set_local(day, f"{number % 24:02}:17:00")


def leases(site: Bench, number: int) -> None:
    """Clients come and go."""
    menu = site.device.schema.menus["/ip dhcp-server lease"]
    rows = site.device.state.rows(menu.path)
    rows[:] = [row for row in rows if not row.dynamic]
    for client in range(number % 5):
        values = {
            "address": f"10.9.0.{10 + client}", "server": "staff",
            "mac-address": f"02:00:00:00:00:{number % 256:02X}",
        }  # fmt: skip
        row = Item(menu, site.device.state.new_id(menu), values)
        row.dynamic = True
        rows.append(row)


def dynamic_entries(site: Bench, number: int) -> None:
    """A fail2ban rule fills its list; a connection adds its rule."""
    for path, values in (
        ("/ip firewall address-list", {"list": "banned", "address": f"192.0.2.{number % 250}"}),
        ("/ip firewall filter", {"chain": "forward", "action": "passthrough"}),
    ):
        menu = site.device.schema.menus[path]
        row = Item(menu, site.device.state.new_id(menu), dict(values))
        row.dynamic = True
        site.device.state.rows(path).insert(0, row)


def someone_looks(site: Bench, number: int) -> None:
    site.device.execute("/ip firewall filter print", user=HAND)
    site.device.log.add(("system", "info", "account"), f"user {HAND} logged in via winbox")


def logs_to_disk(site: Bench, number: int) -> None:
    site.device.files.write("log.0.txt", b"x" * (number + 1))


def change_and_back(site: Bench, number: int) -> None:
    """What was changed and put back is as it was, whatever the history says."""
    name = '[find comment="staff: web"]'
    site.device.execute(f"/ip firewall filter disable {name}", user=HAND)
    site.device.execute(f"/ip firewall filter enable {name}", user=HAND)


NOISES = (
    reboot, clock_moves, leases, dynamic_entries, someone_looks, change_and_back, logs_to_disk,
    leases, clock_moves, dynamic_entries,
)  # fmt: skip
