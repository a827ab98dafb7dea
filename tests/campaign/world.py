"""A simulated device, its link and a controller's connections, where time is moved by hand.

What lives here: everything that happens gets a number (``World.events``), and at one number the
world strikes (``Strike``). A connection hands its requests to the device without SSH: what a cut
session is to the device, and to the controller, is modelled as ``tests/integration`` shows it over
real SSH. What does not: deployments and their judgement (``campaign``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

from sekayu_net.errors import AuthenticationError, DeviceError, GarbledError, UnreachableError
from sekayu_net.lab.console.errors import InterruptedRunError
from sekayu_net.lab.console.interpreter import Session as Console
from sekayu_net.lab.device import LabDevice, Quirks
from sekayu_net.lab.environment import Isolated
from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.firewall import Packet, Sight, decide
from sekayu_net.lab.node_reader import compile_node
from sekayu_net.lab.timers import ManualTimers, Run
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.transport import Request

Kind = Literal["kill", "cut", "reboot", "power"]

CONTROLLER = "10.0.0.200"
ADDRESS = "10.0.0.1"
GATEWAY = "10.0.0.254"
#: The port that the cable to the rest of the world is in.
UPLINK = "ether1"
USER = "sekayu"
#: Seconds: one request's way there and back, a look at a running program, a boot.
ROUND_TRIP, LOOK, BOOT = 0.05, 0.05, 2.0
#: Requests of these stages change nothing: their inner statements are no points of their own.
LOOKING = frozenset({"read", "identity", "guard", "check", "pending", "verify"})


class Killed(BaseException):
    """The controller is gone: SIGKILL leaves it no moment. Nothing of it reaches a device again."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What goes wrong, at which event. ``seconds`` until link or power is back.

    ``late``: a request that the controller gave up arrives when the link is back.
    """

    kind: Kind
    at: int
    seconds: float = 0.0
    late: bool = False


class Uplink(Isolated):
    """One gateway behind one port, while the device's own configuration leads there."""

    def __init__(self) -> None:
        self.cable = True
        self.leads: Callable[[], bool] = lambda: True

    def ping(
        self,
        device: LabDevice,
        address: str,
        *,
        source: str | None = None,
        interface: str | None = None,
    ) -> bool:
        """The gateway answers while the way to it stands."""
        if address == GATEWAY:
            return self.cable and self.leads()
        return super().ping(device, address, source=source, interface=interface)

    def route_active(self, device: LabDevice, item_id: str) -> bool:
        """Routes here lead to the gateway's network."""
        return self.leads()

    def running(self, device: LabDevice, port: str) -> bool:
        """The cable."""
        return self.cable and port == UPLINK


@dataclass
class World:
    """One device. ``dead``: the controller that is at work now was killed."""

    version: str = "7.20.1"
    device_mode: str = "advanced"
    flash_folder: bool = False
    background: bool = True
    quirks: Quirks = field(default_factory=Quirks)
    strike: Strike | None = None
    events: list[str] = field(default_factory=list)
    timers: ManualTimers = field(default_factory=ManualTimers)

    def __post_init__(self) -> None:
        self.uplink = Uplink()
        self.dead = False
        self.wires: list[Wire] = []
        self._stage = ""
        self._undelivered: list[tuple[str, str]] = []
        self._open: bool | None = None
        self._leads: bool | None = None
        self.device = LabDevice(
            "office-rtr1",
            model="RB5009UG+S+IN",
            version=self.version,
            serial="HMM0BDDPJAM",
            ports=("ether1", "ether2", "ether3"),
            flash_folder=self.flash_folder,
            device_mode=self.device_mode,
            environment=self.uplink,
            timers=self.timers,
            quirks=self.quirks,
            boot_seconds=BOOT,
        )
        self.uplink.leads = self._way_stands
        self.device.changed = self._changed
        self.device.at_statement = self._statement

    @property
    def target(self) -> Target:
        """How the controller reaches it."""
        return Target(
            host="office-rtr1",
            address=ADDRESS,
            port=22,
            username=USER,
            known_hosts=Path("/nowhere"),
            serial=self.device.serial,
            model=self.device.model,
            version=self.version,
            timeout=5.0,
        )

    # -- what reaches what

    def _changed(self) -> None:
        self._open = self._leads = None

    def _way_stands(self) -> bool:
        """Whether the management address is on the segment behind the uplink."""
        if self._leads is None:
            ports = {
                item.get("interface"): item.get("bridge")
                for item in self.device.items("/interface bridge port")
                if not item.disabled
            }
            carrier = ports.get(UPLINK, UPLINK)
            self._leads = self.device.up and any(
                item.get("address").split("/")[0] == ADDRESS
                and not item.disabled
                and item.get("interface") == carrier
                for item in self.device.items("/ip address")
            )
        return self._leads

    def passes(self) -> bool:
        """Whether a packet of the controller gets to the device's SSH server."""
        if self._open is None:
            self._open = self._way_stands() and self._admitted()
        return self.device.up and self.uplink.cable and self._open

    def _admitted(self) -> bool:
        node = compile_node(self.device)
        ports = node.masters.get(UPLINK, UPLINK)
        packet = Packet(
            IPv4Address(CONTROLLER), IPv4Address(ADDRESS), source_port=50000, destination_port=22
        )
        sight = Sight(packet, "new", inside=ports, local=(False, True))
        return node.ssh is not None and decide(node, node.filter, "input", sight).passes

    # -- what happens

    def event(self, label: str) -> None:
        """Something happens now. Here the world may strike."""
        self.events.append(label)
        if self.strike is not None and len(self.events) - 1 == self.strike.at:
            self._hit(self.strike)

    def _hit(self, strike: Strike) -> None:
        if strike.kind == "kill":
            self.dead = True
            for wire in list(self.wires):
                wire.drop()
        elif strike.kind == "cut":
            self.uplink.cable = False
            self.timers.call_later(strike.seconds, self._mend)
        elif strike.kind == "reboot":
            self.device.reboot()
        else:
            self.device.power_off()
            self.timers.call_later(strike.seconds, self.device.power_on)

    def _mend(self) -> None:
        self.uplink.cable = True
        undelivered, self._undelivered = self._undelivered, []
        for stage, command in undelivered:
            self._stage = stage
            console = self.device.session(USER, CONTROLLER, lambda _: None, "exec")
            Run(self.device.console_line(command, console), self.timers).start()

    def give_up(self, stage: str, command: str) -> None:
        """A request stays under way: its connection was never closed for the device."""
        if self.strike is not None and self.strike.late and self.device.up:
            self._undelivered.append((stage, command))

    def _statement(self, console: Console) -> None:
        if console.via == "exec":
            if self._stage in LOOKING:
                return
            label = f"{self._stage}: statement"
        elif console.via in ("job", "scheduler"):
            label = f"{self._job(console)}: statement"
        else:
            return
        self.event(label)
        if not self.device.up or console.stopped:
            raise InterruptedRunError

    def _job(self, console: Console) -> str:
        names = [job.script for job in self.device.programs.jobs.values() if job.script]
        for ending, label in (("-undo", "undo"), ("-apply", "import"), ("-timer", "timer")):
            if any(name.endswith(ending) for name in names):
                return label
        return console.via

    # -- the controller's side

    def clock(self) -> float:
        """The controller's seconds."""
        return self.timers.now()

    def wait(self, seconds: float) -> None:
        """The controller waits."""
        if self.dead:
            raise Killed
        self.timers.advance(seconds)

    def await_passage(self, seconds: float, wire: Wire | None = None) -> bool:
        """Wait until a packet passes; False when it is not within ``seconds``."""
        deadline = self.timers.now() + seconds
        while not self.passes():
            if self.timers.now() >= deadline or (wire is not None and wire.gone):
                return False
            self.timers.advance(0.25)
        return True

    def connect(self, target: Target) -> Wire:
        """What ``transport.connect`` is."""
        if self.dead:
            raise Killed
        self.event("connect")
        if self.dead:
            raise Killed
        self.timers.advance(ROUND_TRIP)
        if not self.await_passage(target.timeout):
            raise UnreachableError("no answer", host=target.host, stage="connect")
        if "ssh" not in self.device.policies(target.username):
            raise AuthenticationError("refused", host=target.host, stage="connect")
        wire = Wire(self, target)
        self.wires.append(wire)
        self.device.connections.append(wire)
        return wire


class Wire:
    """One connection: ``session.Connection`` for the driver, ``device.Connection`` for the lab."""

    def __init__(self, world: World, target: Target) -> None:
        self.world = world
        self.target = target
        self.user = target.username
        self.source = CONTROLLER
        self.group = "full"
        self.since = ""
        self.gone = False
        self._program: Run | None = None
        self._console: Console | None = None

    @property
    def alive(self) -> bool:
        """Whether the controller still takes it for open."""
        return not self.gone

    def drop(self) -> None:
        """The device, or the death of the controller, ends it: what it runs ends too."""
        self.gone = True
        if self in self.world.wires:
            self.world.wires.remove(self)
        if self in self.world.device.connections:
            self.world.device.connections.remove(self)
        if self._program is not None and self._console is not None:
            self._console.stopped = True
            self._program.stop()

    def close(self) -> None:
        """The controller lets go."""
        self.drop()

    def _lost(self, stage: str) -> UnreachableError:
        self.gone = True
        return UnreachableError("the connection was lost", host=self.target.host, stage=stage)

    def _there(self, label: str, stage: str, seconds: float) -> None:
        """The request travels. May raise: the controller is dead, or nothing gets through."""
        if self.world.dead:
            raise Killed
        self.world.event(f"{label}, before")
        if self.world.dead:
            raise Killed
        if self.gone or not self.world.await_passage(seconds, self):
            raise self._lost(stage)

    def _back(self, label: str, stage: str, seconds: float) -> None:
        """The answer travels."""
        if not self.world.dead:
            self.world.event(f"{label}, done")
        if self.world.dead:
            raise Killed
        self.world.timers.advance(ROUND_TRIP)
        if self.gone or not self.world.await_passage(seconds, self):
            raise self._lost(stage)

    def run(
        self,
        command: str,
        timeout: float | None = None,
        *,
        stage: str = "",
        encoding: str = "utf-8",
    ) -> str:
        """One exec request."""
        world, seconds = self.world, timeout or self.target.timeout
        try:
            self._there(f"{stage}: request", stage, seconds)
        except UnreachableError:
            world.give_up(stage, command)
            raise
        if ":execute" in command and not world.background:
            return "failure: not allowed by device-mode\n"
        output: list[str] = []
        ended: list[bool] = []
        console = world.device.session(self.user, CONTROLLER, output.append, "exec")
        world._stage = stage
        self._console = console
        self._program = Run(
            world.device.console_line(command, console), world.timers, lambda: ended.append(True)
        )
        self._program.start()
        deadline = world.timers.now() + seconds
        while not ended and not self.gone and world.device.up:
            if world.timers.now() >= deadline:
                raise self._lost(stage)
            world.timers.advance(LOOK)
        self._program = None
        self._back(f"{stage}: request", stage, seconds)
        return "".join(output)

    def run_all(self, requests: Sequence[Request], *, stage: str = "") -> list[str | DeviceError]:
        """Requests that are on their way at once: the device takes them one after the other."""
        found: list[str | DeviceError] = []
        for each in requests:
            try:
                found.append(
                    self.run(each.command, each.timeout, stage=stage, encoding=each.encoding)
                )
            except DeviceError as error:
                found.append(error)
        return found

    def put(
        self, files: Mapping[str, bytes], timeout: float | None = None, *, stage: str = ""
    ) -> None:
        """Uploads, one after the other."""
        for path, data in files.items():
            self._put(data, path, timeout, stage=stage)

    def _put(self, data: bytes, path: str, timeout: float | None, *, stage: str) -> None:
        """An upload: half of it may arrive."""
        seconds = timeout or self.target.timeout
        label = f"{stage}: upload"
        self._there(label, stage, seconds)
        if "ftp" not in self.world.device.policies(self.user):
            raise GarbledError("permission denied", host=self.target.host, stage=stage)
        try:
            self.world.device.files.write(path, data[: len(data) // 2])
            self.world.event(f"{label}, half")
            if self.gone or self.world.dead or not self.world.device.up:
                self._back(label, stage, seconds)
            if self.world.await_passage(seconds, self):
                self.world.device.files.write(path, data)
        except DiskFullError:
            raise GarbledError("no space", host=self.target.host, stage=stage) from None
        self._back(label, stage, seconds)

    def get(self, path: str, timeout: float | None = None, *, stage: str = "") -> bytes:
        """A download."""
        seconds = timeout or self.target.timeout
        self._there(f"{stage}: download", stage, seconds)
        file = self.world.device.files.get(path)
        self._back(f"{stage}: download", stage, seconds)
        if file is None:
            raise GarbledError("no such file", host=self.target.host, stage=stage)
        return file.data


def rows(device: LabDevice, menu: str) -> Sequence[Mapping[str, str]]:
    """Names and comments of a menu's rows."""
    return [
        {"name": item.get("name"), "comment": item.get("comment")} for item in device.items(menu)
    ]


__all__ = ["Killed", "Strike", "Wire", "World", "rows"]
