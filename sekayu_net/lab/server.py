"""The process that is the running lab: ``python -m sekayu_net.lab FOLDER``.

It reads an ``Order`` from its standard input, builds and opens the district, writes ``lab.json``
and the pinned host keys, says ``ready`` (or what went wrong) on its standard output in one line of
JSON, lets go of its streams and runs until it is told to end. The lock that it was started with
stays open while it lives: that is how others know whether a lab runs. Who starts and asks it:
``process``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from sekayu_net.errors import LabError, SekayuError
from sekayu_net.inventory.district import District

#: Of the private folder, below the system's temporary one, that holds the control socket.
CONTROL_PREFIX = "sekayu-lab-"

log = logging.getLogger("sekayu_net.lab")


@dataclass(frozen=True, slots=True)
class Order:
    """What the lab is to be. ``bootstrap`` holds secrets in clear: it never touches a disk.

    ``username`` and ``key_file`` (below the project's root) are the tool's; ``onsite`` is the local
    administrator's name and password.
    """

    district: District
    keys: Path
    username: str
    key_file: str
    onsite_username: str
    onsite_password: str = field(repr=False)
    bootstrap: Mapping[str, str] = field(repr=False)


def main() -> None:
    """Run the lab in this process."""
    folder = Path(sys.argv[1])
    # Written a moment ago by our own parent, over a pipe of ours.
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301
    _let_go(0, os.O_RDONLY)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    logging.basicConfig(
        filename=folder / "lab.log",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # The library logs every session of every client at INFO; only faults are of use.
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    try:
        asyncio.run(run(order, folder))
    except SekayuError as error:
        _say({"error": str(error), "hint": error.hint})
        sys.exit(1)
    except Exception as error:
        log.exception("the lab died")
        _say(
            {
                "error": f"the lab died: {type(error).__name__}: {error}",
                "hint": f"see {folder}/lab.log",
            }
        )
        sys.exit(1)


async def run(order: Order, folder: Path) -> None:
    """Be the lab until told to end."""
    from sekayu_net.lab.district import build
    from sekayu_net.lab.keys import host_keys, public_line
    from sekayu_net.lab.schema import at_least

    old = {
        d.name
        for d in order.district.devices.values()
        if d.platform == "ios" or not at_least(d.version, "7")
    }
    keys = host_keys(order.keys, order.district.devices, old=old)
    # Tens of thousands of rows are made that live to the end: collecting in between is for nothing.
    gc.disable()
    lab = build(order.district, order.bootstrap, keys)
    gc.collect()
    gc.freeze()
    gc.enable()
    await lab.open()
    lost = lab.unreachable()
    if lost:
        reasons = "\n".join(f"  {host}: {reason}" for host, reason in list(lost.items())[:5])
        raise LabError(
            f"{len(lost)} of {len(lab.devices)} devices can't be reached after their bootstrap:\n"
            f"{reasons}",
            hint="the management path of inventory and templates does not fit together",
        )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Unix socket paths are short: not below a project folder of any depth.
    private = Path(tempfile.mkdtemp(prefix=CONTROL_PREFIX))
    try:
        control = await asyncio.start_unix_server(
            lambda reader, writer: _answer(lab, stop, reader, writer), private / "control"
        )
        (private / "control").chmod(0o600)
        pins = "".join(f"{host} {public_line(key)}\n" for host, key in keys.items())
        write_private(folder / "known_hosts", pins)
        document = description(order, lab, private / "control")
        write_private(folder / "lab.json", json.dumps(document, indent=1))
        _say({"ready": len(lab.devices)})
        _let_go(1, os.O_WRONLY)
        _let_go(2, os.O_WRONLY)
        async with control:
            await stop.wait()
    finally:
        (folder / "lab.json").unlink(missing_ok=True)
        shutil.rmtree(private, ignore_errors=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lab.close(), 3)


def description(order: Order, lab: Any, control: Path) -> dict[str, Any]:
    """The content of ``lab.json``."""
    return {
        "pid": os.getpid(),
        "control": str(control),
        "username": order.username,
        "key_file": order.key_file,
        "onsite_username": order.onsite_username,
        "onsite_password": order.onsite_password,
        "devices": {
            name: {
                "address": "127.0.0.1",
                "port": doors.controller.port,
                "onsite_port": doors.onsite.port,
                "platform": lab.district.devices[name].platform,
            }
            for name, doors in lab.doors.items()
        },
    }


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as out:
        out.write(text)
    Path(out.name).replace(path)


async def _answer(
    lab: Any, stop: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One request, one answer, each a line of JSON."""
    try:
        request = json.loads(await asyncio.wait_for(reader.readline(), 10))
        answer = handle(lab, stop, request)
    except SekayuError as error:
        answer = {"error": str(error), "hint": error.hint}
    except (ValueError, KeyError, TypeError, TimeoutError) as error:
        answer = {"error": f"not a request: {error!r}", "hint": None}
    try:
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    except ConnectionError as error:
        log.warning("the control socket's client went away: %s", error)
    finally:
        writer.close()


def handle(lab: Any, stop: asyncio.Event, request: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a request asks. Raises ``LabError``."""
    from sekayu_net.lab.district import Place
    from sekayu_net.lab.faults import set_fault

    def known(name: str) -> str:
        return str(lab.called.get(name, name))

    match request["do"]:
        case "down":
            stop.set()
            return {"ok": True}
        case "status":
            return {"ok": True, "hosts": status(lab)}
        case "fault":
            set_fault(
                lab,
                known(request["host"]),
                request["kind"],
                request.get("value"),
                clear=bool(request.get("clear")),
            )
            return {"ok": True, "hosts": status(lab)}
        case "cable":
            ends = ((known(end["host"]), end["port"]) for end in request["ends"])
            lab.network.lay_cable(*ends)
            return {"ok": True, "hosts": status(lab)}
        case "carry":
            place = Place(
                known(request["router"]), request["port"], IPv4Address(request["address"])
            )
            lab.carry(known(request["host"]), place, request["script"])
            return {"ok": True, "hosts": status(lab)}
        case "rename":
            names = {new: known(old) for old, new in request["names"].items()}
            for old in request["names"]:
                lab.called.pop(old, None)
            lab.called.update(names)
            return {"ok": True}
        case other:
            raise LabError(f"the lab does not know what {other!r} is")


def status(lab: Any) -> dict[str, dict[str, Any]]:
    """Each device: powered, reached from the controller and on site, and why not."""
    found = {}
    today = {old: new for new, old in lab.called.items()}
    for name, device in lab.devices.items():
        controller, onsite = lab.network.from_controller(name), lab.network.from_site(name)
        found[today.get(name, name)] = {
            "up": device.up,
            "controller": controller.reached,
            "onsite": onsite.reached,
            "reason": controller.reason or onsite.reason or None,
        }
    return found


def _say(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _let_go(descriptor: int, flags: int) -> None:
    nowhere = os.open(os.devnull, flags)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
