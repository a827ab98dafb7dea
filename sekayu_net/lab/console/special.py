"""Commands that only one menu has: reboot, backup, files, log, jobs, SSH keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable

from sekayu_net.lab import backup, edit, live, sensors, vitals
from sekayu_net.lab.algorithms import USER_ED25519_SINCE
from sekayu_net.lab.console.commands import choose, require
from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError
from sekayu_net.lab.console.interpreter import Frame, argument_text, argument_value
from sekayu_net.lab.console.nodes import Call, Word
from sekayu_net.lab.console.programs import ping
from sekayu_net.lab.console.values import Id, Value, to_text
from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.safe_mode import Answer
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.state import Item
from sekayu_net.lab.views import View

_BAD_KEY = "failure: unable to load key file (wrong format or bad passphrase)!"
Command = Callable[[Call, Frame], Awaitable[Value]]


async def _options(node: Call, frame: Frame) -> dict[str, str]:
    return {a.name: await argument_text(a, frame) for a in node.arguments if a.name is not None}


async def _chosen(node: Call, frame: Frame, words: frozenset[str] = frozenset()) -> list[View]:
    """The rows that the command names; ``words`` are its own and name none."""
    references: list[str] = []
    for argument in node.arguments:
        if isinstance(argument.value, Word) and argument.value.text in words:
            continue
        if argument.name in (None, "numbers", ".id", "number"):
            value = (
                argument.value.text
                if isinstance(argument.value, Word)
                else await argument_value(argument, frame)
            )
            parts = value if isinstance(value, list) else [] if value is None else [value]
            references += [to_text(part) for part in parts]
    return choose(frame.session, node.menu, references)


# -- power -------------------------------------------------------------------------------------


async def reboot(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/system reboot``: an exec is not asked."""
    require(frame.session, "reboot")
    frame.session.stopped = True
    frame.session.device.reboot()
    raise InterruptedRunError


async def downgrade(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/system package downgrade``: a reboot that takes an older version too."""
    require(frame.session, "reboot")
    frame.session.stopped = True
    frame.session.device.reboot(older=True)
    raise InterruptedRunError


async def boot_loader(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/system routerboard upgrade``: in force after the next reboot."""
    require(frame.session, "policy")
    device = frame.session.device
    device.firmware.boot_ready = True
    device.log.add(
        ("system", "info", "critical"),
        "Firmware upgraded successfully, please reboot for changes to take effect!",
    )
    return None


async def shutdown(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/system shutdown``."""
    require(frame.session, "reboot")
    frame.session.stopped = True
    frame.session.device.power_off()
    raise InterruptedRunError


async def reset(node: Call, frame: Frame) -> Value:
    """``/system reset-configuration``."""
    require(frame.session, "policy")
    options = await _options(node, frame)
    device = frame.session.device
    script = options.get("run-after-reset")
    file = device.files.get(script) if script else None
    if script and file is None:
        raise ConsoleError("failure: no such file")
    frame.session.stopped = True
    device.reset(
        keep_users=options.get("keep-users") == "yes",
        no_defaults=options.get("no-defaults") == "yes",
        run_after=file.data.decode("latin-1") if file else None,
    )
    raise InterruptedRunError


# -- backup ------------------------------------------------------------------------------------


async def backup_save(node: Call, frame: Frame) -> Value:
    """``/system backup save``."""
    session = frame.session
    require(session, "policy")
    options = await _options(node, frame)
    device = session.device
    name = options.get("name") or f"{device.identity}-{device.clock.now():%Y%m%d-%H%M}"
    secret = "" if options.get("dont-encrypt") == "yes" else options.get("password", "")
    data = backup.pack({"state": device.state.snapshot()}, secret)
    try:
        device.files.write(name if name.endswith(".backup") else f"{name}.backup", data)
    except DiskFullError:
        raise ConsoleError("failure: not enough disk space") from None
    session.write("Configuration backup saved\n")
    return None


async def backup_load(node: Call, frame: Frame) -> Value:
    """``/system backup load``: restores and reboots."""
    session = frame.session
    require(session, "policy")
    options = await _options(node, frame)
    device = session.device
    name = options.get("name", "")
    file = device.files.get(name) or device.files.get(f"{name}.backup")
    if file is None or file.kind == "directory":
        raise ConsoleError("failure: backup file not found")
    try:
        snapshot = backup.unpack(file.data, options.get("password", ""))
    except backup.BackupError as error:
        raise ConsoleError(f"failure: {error}") from None
    if "password" not in options and device.quirks.backup_load_asks and session.via != "shell":
        # Nobody is there to answer.
        session.write("password: ")
        raise InterruptedRunError
    session.write("Restoring system configuration\n")
    session.write("System configuration restored, rebooting now\n")
    session.stopped = True
    device.state.restore(snapshot["state"])
    device.log.add(("system", "info"), "configuration restored from backup")
    device.reboot()
    raise InterruptedRunError


# -- files -------------------------------------------------------------------------------------


async def file_remove(node: Call, frame: Frame) -> Value:
    """``/file remove``."""
    require(frame.session, "write")
    for view in await _chosen(node, frame):
        frame.session.device.files.remove(view.text("name"))
    return None


async def file_add(node: Call, frame: Frame) -> Value:
    """``/file add name= contents= type=``."""
    require(frame.session, "write")
    options = await _options(node, frame)
    files = frame.session.device.files
    if not options.get("name"):
        raise ConsoleError("missing value(s) of argument(s) name")
    try:
        if options.get("type") == "directory":
            files.make_directory(options["name"])
        else:
            files.write(options["name"], _contents(options))
    except DiskFullError:
        raise ConsoleError("failure: not enough disk space") from None
    except ValueError:
        raise ConsoleError("failure: invalid file name") from None
    return None


def _contents(options: dict[str, str]) -> bytes:
    data = options.get("contents", "").encode("latin-1", "replace")
    if len(data) > 60_000:
        raise ConsoleError("failure: new contents too long")
    return data


async def file_set(node: Call, frame: Frame) -> Value:
    """``/file set <item> contents= | name=``."""
    require(frame.session, "write")
    options = await _options(node, frame)
    device = frame.session.device
    for view in await _chosen(node, frame):
        if "contents" in options:
            device.files.write(view.text("name"), _contents(options))
        if "name" in options:
            device.files.rename(view.text("name"), options["name"])
    return None


# -- log, jobs, scripts ------------------------------------------------------------------------


async def log(node: Call, frame: Frame) -> Value:
    """``/log info "…"`` and its like."""
    text = ""
    for argument in node.arguments:
        text = to_text(await argument_value(argument, frame))
    frame.session.device.log.add(("script", node.command), text)
    return None


async def job_remove(node: Call, frame: Frame) -> Value:
    """``/system script job remove``."""
    require(frame.session, "write")
    programs = frame.session.device.programs
    for view in await _chosen(node, frame):
        programs.stop(view.id)
    if frame.session.stopped:
        raise InterruptedRunError
    return None


async def environment_remove(node: Call, frame: Frame) -> Value:
    """``/system script environment remove``."""
    for view in await _chosen(node, frame):
        frame.session.device.globals.pop(view.text("name"), None)
    return None


async def script_run(node: Call, frame: Frame) -> Value:
    """``/system script run <name>``."""
    value: Value = None
    for view in await _chosen(node, frame):
        if view.item is not None:
            value = await frame.session.device.programs.run_script(view.item, frame)
    return value


# -- users -------------------------------------------------------------------------------------


def parse_public_key(text: str) -> tuple[str, str, int] | None:
    """Type, comment and bits of an OpenSSH public key; None when it is none."""
    words = text.split(None, 2)
    if len(words) < 2 or not words[0].startswith(("ssh-", "ecdsa-", "sk-")):
        return None
    try:
        data = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    size = int.from_bytes(data[:4], "big")
    if data[4 : 4 + size].decode("ascii", "replace") != words[0]:
        return None
    kind = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}.get(words[0], words[0])
    bits = 256 if kind == "ed25519" else 2048
    return kind, words[2].strip() if len(words) > 2 else "", bits


async def key_add(node: Call, frame: Frame) -> Value:
    """``/user ssh-keys add user= key=``."""
    require(frame.session, "policy")
    options = await _options(node, frame)
    return _add_key(frame, options.get("user", frame.session.user), options.get("key", ""))


async def key_import(node: Call, frame: Frame) -> Value:
    """``/user ssh-keys import public-key-file= user=``: the file is consumed."""
    require(frame.session, "policy")
    options = await _options(node, frame)
    files = frame.session.device.files
    name = options.get("public-key-file", "")
    file = files.get(name) if name else None
    if file is None:
        raise ConsoleError("failure: file does not exist")
    found = _add_key(
        frame, options.get("user", frame.session.user), file.data.decode("latin-1").strip()
    )
    files.remove(name)
    return found


def _add_key(frame: Frame, user: str, text: str) -> Value:
    device = frame.session.device
    if device.state.named("/user", user) is None:
        raise ConsoleError("input does not match any value of user")
    parsed = parse_public_key(text)
    if parsed is None:
        raise ConsoleError(_BAD_KEY)
    kind, owner, bits = parsed
    if kind == "ed25519" and not at_least(device.version, USER_ED25519_SINCE):
        raise ConsoleError(_BAD_KEY)
    item = edit.add(device.state, "/user ssh-keys", {"user": user})
    item.values["key"] = " ".join(text.split(None, 2)[:2])
    item.base.update({"key-owner": owner, "type": kind, "bits": str(bits)})
    device.added(item, frame.session)
    return Id(item.id)


# -- the rest ----------------------------------------------------------------------------------


async def device_mode_update(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/system device-mode update``: needs a hand on the device."""
    raise ConsoleError(
        "failure: please activate by turning power off or pressing reset or mode button"
    )


async def _watched(
    node: Call, frame: Frame, read: Callable[[Item], dict[str, Value]], width: int
) -> Value:
    """``monitor <items> once``: a value, or names right-aligned; it never watches for ever."""
    session = frame.session
    require(session, "read")
    words = {a.value.text for a in node.arguments if a.name is None and isinstance(a.value, Word)}
    found = [
        read(view.item)
        for view in await _chosen(node, frame, words=frozenset({"once", "as-value"}))
        if view.item is not None
    ]
    if "as-value" in words:
        return found[0] if len(found) == 1 else list(found)
    for row in found:
        session.write("".join(f"{name:>{width}}: {to_text(row[name])}\n" for name in row) + "\n")
    return None


async def ethernet_monitor(node: Call, frame: Frame) -> Value:
    """``/interface ethernet monitor <port> once``."""
    device = frame.session.device
    return await _watched(
        node, frame, lambda port: sensors.link(device, port.name, up=live.running(device, port)), 20
    )


async def radio_monitor(node: Call, frame: Frame) -> Value:
    """``/interface wifi monitor <radio> once``, ``/interface wireless monitor …``."""
    device = frame.session.device
    return await _watched(node, frame, lambda item: vitals.radio(device, item), 25)


async def safe_mode(node: Call, frame: Frame) -> Value:
    """``/safe-mode take | release | unroll``: without a terminal it says yes and holds nothing."""
    session = frame.session
    held = session.device.safe_mode
    options = await _options(node, frame)
    if node.command == "take" and session.via != "shell":
        words = "Taking Safe Mode session... Success!"
    elif node.command == "release":
        words = held.release(session)
    elif node.command == "unroll":
        words = held.unroll(session)
    elif held.holder in (None, session):
        words = held.take(session)
    elif options.get("on-error") in ("release", "unroll"):
        answer: Answer = "release" if options["on-error"] == "release" else "unroll"
        words = held.hijack(session, answer)
    else:
        words = held.refusal()
    session.write(words + "\n")
    return None


async def nothing(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """Commands whose effect the lab does not have."""
    return None


SPECIAL: dict[tuple[str, str], Command] = {
    ("/system", "reboot"): reboot,
    ("/system", "shutdown"): shutdown,
    ("/system package", "downgrade"): downgrade,
    ("/system routerboard", "upgrade"): boot_loader,
    ("/system", "reset-configuration"): reset,
    ("/system backup", "save"): backup_save,
    ("/system backup", "load"): backup_load,
    ("/file", "remove"): file_remove,
    ("/file", "add"): file_add,
    ("/file", "set"): file_set,
    ("/system script", "run"): script_run,
    ("/system script job", "remove"): job_remove,
    ("/system script environment", "remove"): environment_remove,
    ("/user ssh-keys", "import"): key_import,
    ("/user ssh-keys", "add"): key_add,
    ("/system device-mode", "update"): device_mode_update,
    ("/safe-mode", "take"): safe_mode,
    ("/safe-mode", "release"): safe_mode,
    ("/safe-mode", "unroll"): safe_mode,
    ("/tool", "ping"): ping,
    ("/interface ethernet", "monitor"): ethernet_monitor,
    ("/interface wifi", "monitor"): radio_monitor,
    ("/interface wireless", "monitor"): radio_monitor,
    ("/ip dhcp-client", "renew"): nothing,
    ("/ip dhcp-client", "release"): nothing,
    ("/ip dns cache", "flush"): nothing,
    **{("/log", topic): log for topic in ("info", "warning", "error", "debug")},
}
__all__ = ["SPECIAL", "live", "parse_public_key"]
