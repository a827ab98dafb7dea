"""Exec commands of the session and the device: privilege, terminal, configuration, reload, clock.

Files are ``exec_files``', everything that shows is in ``show_…``.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.grammar import CommandError

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console

_TRIES = 3
_CONFIGURE = "Enter configuration commands, one per line.  End with CNTL/Z.\n"
Words = tuple[str, ...]


async def nothing(console: Console, words: Words) -> str:  # noqa: ARG001
    """A command without effect here."""
    return ""


async def enable(console: Console, words: Words) -> str:
    """Ask for the secret, three times at most."""
    level = int(words[1]) if len(words) > 1 else 15
    if console.privilege >= level:
        console.privilege = level
        return ""
    if console.device.check_enable("") is None:
        return "% No password set\n"
    for _ in range(_TRIES):
        if console.device.check_enable(await console.ask_secret("Password: ")):
            console.privilege = level
            return ""
    return "% Bad secrets\n\n"


async def disable(console: Console, words: Words) -> str:
    """Down again."""
    console.privilege = int(words[1]) if len(words) > 1 else 1
    return ""


async def leave(console: Console, words: Words) -> str:  # noqa: ARG001
    """End the session."""
    console.ended = True
    return ""


async def terminal_length(console: Console, words: Words) -> str:
    """Lines before a pause; 0 for none."""
    console.length = int(words[2])
    return ""


async def terminal_width(console: Console, words: Words) -> str:
    """Columns."""
    console.width = int(words[2])
    return ""


# -- configuration -----------------------------------------------------------------------------


async def configure(console: Console, words: Words) -> str:  # noqa: ARG001
    """Enter configuration mode."""
    console.configure()
    return _CONFIGURE


async def configure_lock(console: Console, words: Words) -> str:  # noqa: ARG001
    """With the lock, which no one else here asks for."""
    console.configure()
    return _CONFIGURE


async def configure_revert(console: Console, words: Words) -> str:
    """Enter it with the timer that reverts."""
    text = console.device.rollback.arm(int(words[4]), console.user)
    console.configure()
    return text + _CONFIGURE


async def configure_revert_idle(console: Console, words: Words) -> str:
    """Enter it with the timer that reverts when nothing is typed."""
    text = console.device.rollback.arm(int(words[5]), console.user, idle=True)
    console.configure()
    return text + _CONFIGURE


async def configure_confirm(console: Console, words: Words) -> str:  # noqa: ARG001
    """Keep the change."""
    return console.device.rollback.confirm()


async def configure_revert_now(console: Console, words: Words) -> str:  # noqa: ARG001
    """Go back at once."""
    return await console.device.rollback.revert(console.ask)


async def configure_revert_timer(console: Console, words: Words) -> str:
    """Another length for the timer."""
    return console.device.rollback.set_timer(int(words[3]))


async def archive_config(console: Console, words: Words) -> str:  # noqa: ARG001
    """Keep the running configuration in the archive."""
    console.device.rollback.archive()
    return ""


# -- power and time ----------------------------------------------------------------------------


async def reload(console: Console, words: Words) -> str:  # noqa: ARG001
    """Ask whether to save, ask whether to go on, reboot."""
    device = console.device
    if device.unsaved:
        reply = await console.ask("\nSystem configuration has been modified. Save? [yes/no]: ")
        if reply.strip().lower() in ("y", "yes"):
            device.save(console.user)
            await console.ask("Building configuration...\n[OK]\nProceed with reload? [confirm]")
            device.reboot()
            return ""
    reply = await console.ask("Proceed with reload? [confirm]")
    if reply.strip().lower() in ("", "y", "yes"):
        device.reboot()
    return ""


async def reload_in(console: Console, words: Words) -> str:
    """``reload in 5`` or ``1:30``: minutes, or hours and minutes."""
    match = re.fullmatch(r"(?:(\d+):)?(\d+)", words[2])
    if match is None:
        raise CommandError("% Invalid input detected at '^' marker.\n", len("reload in "))
    minutes = int(match[1] or 0) * 60 + int(match[2])
    if console.device.unsaved:
        reply = await console.ask("\nSystem configuration has been modified. Save? [yes/no]: ")
        if reply.strip().lower() in ("y", "yes"):
            console.device.save(console.user)
    reply = await console.ask(f"Reload scheduled in {minutes} minutes by {console.user}\n"
                              "Proceed with reload? [confirm]")  # fmt: skip
    if reply.strip().lower() in ("", "y", "yes"):
        console.device.reload_in(minutes * 60)
    return ""


async def reload_at(console: Console, words: Words) -> str:  # noqa: ARG001
    """Not modelled: a real device takes it."""
    raise CommandError("% The lab's device knows 'reload in', not 'reload at'\n")


async def reload_cancel(console: Console, words: Words) -> str:  # noqa: ARG001
    """Take it back."""
    if not console.device.reload_scheduled:
        return "%No reload is scheduled\n"
    console.device.reload_in(None)
    return "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n\n"


async def show_reload(console: Console, words: Words) -> str:  # noqa: ARG001
    """Whether one is scheduled."""
    left = console.device.reload_scheduled
    if left is None:
        return "No reload is scheduled.\n"
    minutes = int(left // 60) + 1
    return f"Reload scheduled in {minutes} minutes by {console.user}\n"


async def clock_set(console: Console, words: Words) -> str:
    """``clock set 10:20:30 1 Jan 2026``, day and month in either order."""
    text = words[2]
    for form in ("%H:%M:%S %d %B %Y", "%H:%M:%S %d %b %Y", "%H:%M:%S %B %d %Y",
                 "%H:%M:%S %b %d %Y"):  # fmt: skip
        try:
            wanted = datetime.strptime(text, form)  # noqa: DTZ007 - local time of the device
        except ValueError:
            continue
        console.device.clock.set_local(wanted, f"{wanted:%H:%M:%S}")
        return ""
    raise CommandError("% Invalid input detected at '^' marker.\n", len("clock set "))


async def crypto_key(console: Console, words: Words) -> str:  # noqa: ARG001
    """The lab's device has its host key."""
    return ""


# -- reaching others ---------------------------------------------------------------------------


async def ping(console: Console, words: Words) -> str:
    """Five echo requests."""
    rest = [word for word in words[1:] if word != "ip"]
    target, options = rest[0], " ".join(rest[1:]).split()
    source = options[options.index("source") + 1] if "source" in options[:-1] else ""
    count = int(options[options.index("repeat") + 1]) if "repeat" in options[:-1] else 5
    if not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", target):
        return "% Unrecognized host or address, or protocol not running.\n"
    good = console.device.surroundings.ping(console.device, target, source)
    mark = "!" if good else "."
    marks = "\n".join(mark * min(70, count - done) for done in range(0, count, 70))
    rate = f"Success rate is {100 if good else 0} percent ({count if good else 0}/{count})"
    times = ", round-trip min/avg/max = 1/1/2 ms" if good else ""
    return (
        "Type escape sequence to abort.\n"
        f"Sending {count}, 100-byte ICMP Echos to {target}, timeout is 2 seconds:\n"
        f"{marks}\n{rate}{times}\n"
    )


async def ping_dialogue(console: Console, words: Words) -> str:
    """``ping`` alone asks for everything."""
    protocol = (await console.ask("Protocol [ip]: ")).strip() or "ip"
    target = (await console.ask("Target IP address: ")).strip()
    if protocol != "ip" or not target:
        return "% Bad IP address\n"
    count = (await console.ask("Repeat count [5]: ")).strip() or "5"
    for question in ("Datagram size [100]: ", "Timeout in seconds [2]: ",
                     "Extended commands [n]: ", "Sweep range of sizes [n]: "):  # fmt: skip
        await console.ask(question)
    if not count.isdigit():
        return "% A decimal number between 1 and 2147483647.\n"
    return await ping(console, (*words, target, f"repeat {count}"))


async def ping_vrf(console: Console, words: Words) -> str:  # noqa: ARG001
    """VRFs carry nothing here."""
    return f"% VRF {words[2]} does not have a usable source address\n"


async def traceroute(console: Console, words: Words) -> str:
    """One hop, or stars."""
    target = words[-1].split()[0] if words[1] != "ip" else words[2]
    head = f"Type escape sequence to abort.\nTracing the route to {target}\n"
    head += "VRF info: (vrf in name/id, vrf out name/id)\n"
    if console.device.surroundings.ping(console.device, target):
        return f"{head}  1 {target} 1 msec 1 msec *\n"
    return head + "".join(f" {n:2d}  *  *  * \n" for n in range(1, 31))
