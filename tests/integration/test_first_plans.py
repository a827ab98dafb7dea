"""The reference district from first boot through every first plan, on simulated devices in memory.

No SSH: what is tried is the templates against devices that refuse what real ones refuse, and
against the network between them.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from sekayu_net.inventory.offices import load_district
from sekayu_net.lab.district import LabDistrict, build
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.platforms.base import Change, DiffContext, Flow
from sekayu_net.platforms.registry import platform
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rendering import BootstrapUsers, render, render_bootstrap, required_secrets
from sekayu_net.secrets import SecretStore

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
# A public key of nobody's: 32 bytes of the right form.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nobody"


class Bench:
    """The devices of a fresh lab, and their first plans."""

    def __init__(self, folder: Path) -> None:
        self.district = load_district(ROOT / "inventory")
        self.store = SecretStore.open(folder / "secrets.yaml", {})
        users = BootstrapUsers(KEY, local=("teknisi",))
        self.store.generate(required_secrets(self.district, TEMPLATES, users=users))
        scripts = {
            name: platform(device.platform).reveal(
                render_bootstrap(self.district, device, self.store, TEMPLATES, users),
                self.store.unseal,
            )
            for name, device in self.district.devices.items()
        }
        self.lab: LabDistrict = build(self.district, scripts, dict.fromkeys(scripts))

    def plan(self, host: str) -> Change:
        device = self.district.devices[host]
        system = platform(device.platform)
        services = self.district.services
        context = DiffContext(
            device.version,
            system.load_ownership(TEMPLATES / device.platform, device.role),
            flows=tuple(
                Flow(str(network), str(device.address)) for network in services.controller_networks
            ),
        )
        intended = render(self.district, device, self.store, TEMPLATES)
        shown = system.mask(self.shown(host), self.store.seal)
        return system.diff(system.canonical(shown), intended, context)

    def shown(self, host: str) -> str:
        """What the device says of itself."""
        device = self.lab.devices[host]
        if isinstance(device, IosDevice):
            return device.running_text()
        text: str = device.execute("/export show-sensitive", user="sekayu")
        return text

    def run(self, host: str, script: str) -> None:
        system = platform(self.district.devices[host].platform)
        self.lab.devices[host].import_script(system.reveal(script, self.store.unseal))


@pytest.fixture
def on_bench(tmp_path: Path) -> Callable[[Callable[[Bench], None]], None]:
    """Run something on a fresh lab, inside the event loop that devices want."""

    def run(story: Callable[[Bench], None]) -> None:
        async def told() -> None:
            story(Bench(tmp_path))

        coroutine: Coroutine[None, None, None] = told()
        asyncio.run(coroutine)

    return run


def test_every_device_answers_the_controller_after_first_boot(on_bench) -> None:
    def story(bench: Bench) -> None:
        assert bench.lab.unreachable() == {}
        for name in bench.lab.devices:
            assert bench.lab.network.from_site(name).reached, name

    on_bench(story)


def test_first_plans_remove_no_more_than_the_shipped_limit(on_bench) -> None:
    limit = tomllib.loads((ROOT / "sekayu.toml").read_text())["rollout"]["max_removals"]

    def story(bench: Bench) -> None:
        removals = {name: bench.plan(name).removals for name in bench.lab.devices}
        assert {name: count for name, count in removals.items() if count > limit} == {}

    on_bench(story)


def test_first_plans_leave_the_path_alone_cut_nobody_off_and_reach_their_goal(on_bench) -> None:
    def story(bench: Bench) -> None:
        # The hub first, and each router before what is behind it: the hardest order, in which
        # every device behind must survive the change of those in front.
        for name in bench.lab.devices:
            change = bench.plan(name)
            assert not change.management_path, name
            bench.run(name, change.script)
            assert bench.lab.unreachable() == {}, name
            assert bench.plan(name).empty, name

    on_bench(story)


@pytest.mark.parametrize(
    "host", ["camat-sekayu-rtr1", "desa-lumpatan-rtr1", "desa-muara-teladan-rtr1"]
)
def test_nobody_is_cut_off_after_any_statement_of_a_first_plan(on_bench, host: str) -> None:
    def story(bench: Bench) -> None:
        watched = {host, *bench.district.behind(bench.district.devices[host])}
        for number, statement in enumerate(bench.plan(host).script.splitlines()):
            bench.run(host, statement + "\n")
            if statement.startswith("#"):
                continue
            lost = [n for n in watched if not bench.lab.network.from_controller(n).reached]
            assert lost == [], f"line {number + 1}: {statement}"

    on_bench(story)


def test_after_the_first_plans_every_device_reaches_the_hub(on_bench) -> None:
    def story(bench: Bench) -> None:
        for name in bench.lab.devices:
            bench.run(name, bench.plan(name).script)
        hub = bench.district.devices[bench.district.hub]
        for name, device in bench.lab.devices.items():
            assert bench.lab.network.ping(device, str(hub.address)), name

    on_bench(story)


@pytest.mark.parametrize("down", ["camat-sekayu-rtr1", "camat-sekayu-rtr2"])
def test_either_hub_carries_the_fiber_and_radio_offices(on_bench, down: str) -> None:
    def story(bench: Bench) -> None:
        for name in bench.lab.devices:
            bench.run(name, bench.plan(name).script)
        assert bench.lab.unreachable() == {}
        bench.lab.devices[down].power_off()
        linked = {o.slug for o in bench.district.offices.values() if o.link is not None}
        lost = {bench.district.devices[name].office for name in bench.lab.unreachable()}
        assert linked
        assert lost & linked == set()
        tunnels = {o.slug for o in bench.district.offices.values() if o.tunnel is not None}
        assert (tunnels <= lost) is (down == bench.district.hub)

    on_bench(story)


def test_first_boot_can_be_run_again_on_a_device(on_bench, tmp_path: Path) -> None:
    def story(bench: Bench) -> None:
        users = BootstrapUsers(KEY, local=("teknisi",))
        for name in ("camat-sekayu-rtr1", "desa-muara-teladan-rtr1", "desa-lumpatan-ap1"):
            device = bench.lab.devices[name]
            before = device.execute("/export show-sensitive", user="sekayu")
            script = render_bootstrap(
                bench.district, bench.district.devices[name], bench.store, TEMPLATES, users
            )
            bench.run(name, script)
            after = device.execute("/export show-sensitive", user="sekayu")
            assert ROUTEROS.canonical(after) == ROUTEROS.canonical(before)
        assert bench.lab.unreachable() == {}

    on_bench(story)
