"""What people do to a device by hand: random changes, and what an audit must say of each.

What lives here: the commands and the findings that they must lead to. What does not: typing them
into a device and judging the audit (``drift``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sekayu_net.platforms.routeros.tree import Row, Tree, read

FILTER = "/ip firewall filter"
KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ"


@dataclass(frozen=True, slots=True)
class Deed:
    """One change. ``item`` and ``value``: words that the finding must hold.

    ``also``: menus that the device itself changes with it (references follow a name).
    ``command`` is typed; with ``upload`` (name, content) a file is written instead or before.
    """

    what: str
    command: str
    kind: str
    path: str
    item: str = ""
    value: str = ""
    also: frozenset[str] = frozenset()
    upload: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a device says now, for a deed to be chosen. ``word`` is new at each call."""

    tree: Tree
    beyond: Mapping[str, tuple[Mapping[str, str], ...]]
    dice: random.Random
    number: int

    @property
    def word(self) -> str:
        """A name that nobody else gave."""
        return f"hand{self.number}"

    def pick(self, path: str, *props: str, where: str = "") -> Row | None:
        """One ordinary row of a menu that has these properties, and ``where`` in its text."""
        rows = [
            row
            for row in self.tree.rows(path)
            if row.entry is None
            and all(row.values.get(prop) for prop in props)
            and where in " ".join(filter(None, row.values.values()))
        ]
        return self.dice.choice(rows) if rows else None


#: Rules that no path of management runs through: a hand that cuts itself off ends the experiment.
HARMLESS = ("staff: ", "public: ", "iot: ", "hand")


def harmless(at: Scene) -> list[Row]:
    """Rules of the forward chain for people's own traffic, in order."""
    return [
        row
        for row in at.tree.rows(FILTER)
        if row.values.get("chain") == "forward"
        and (row.values.get("comment") or "").startswith(HARMLESS)
    ]


def by(row: Row, prop: str) -> str:
    """``[find …]`` of one row."""
    return f'[find {prop}="{row.values[prop]}"]'


Maker = Callable[[Scene], Deed | None]


def add_rule(at: Scene) -> Deed:
    port = at.dice.randrange(1024, 65000)
    words = f"chain=forward protocol=tcp dst-port={port} action=accept comment={at.word}"
    return Deed("add", f"{FILTER} add {words}", "extra", FILTER, at.word)


def add_nat(at: Scene) -> Deed:
    words = f"chain=dstnat protocol=udp dst-port=53 action=redirect comment={at.word}"
    return Deed("add", f"/ip firewall nat add {words}", "extra", "/ip firewall nat", at.word)


def add_address_list(at: Scene) -> Deed:
    address = f"198.51.100.{at.dice.randrange(1, 250)}"
    path = "/ip firewall address-list"
    return Deed("add", f"{path} add list={at.word} address={address}", "extra", path, at.word)


def add_dns_name(at: Scene) -> Deed:
    path = "/ip dns static"
    words = f"name={at.word}.example address=198.51.100.7"
    return Deed("add", f"{path} add {words}", "extra", path, at.word)


def add_route(at: Scene) -> Deed:
    net = f"203.0.113.{at.dice.randrange(0, 64) * 4}/30"
    path = "/ip route"
    words = f"dst-address={net} gateway=192.168.255.2 comment={at.word}"
    return Deed("add", f"{path} add {words}", "extra", path, net)


def remove_rule(at: Scene) -> Deed | None:
    rows = harmless(at)
    if not rows:
        return None
    row = at.dice.choice(rows)
    return Deed(
        "remove", f"{FILTER} remove {by(row, 'comment')}", "missing", FILTER,
        str(row.values["comment"]),
    )  # fmt: skip


def remove_row(path: str, prop: str, where: str = "") -> Maker:
    def make(at: Scene) -> Deed | None:
        row = at.pick(path, prop, where=where)
        if row is None:
            return None
        return Deed(
            "remove", f"{path} remove {by(row, prop)}", "missing", path, str(row.values[prop])
        )

    return make


def set_rule(at: Scene) -> Deed | None:
    row = at.pick(FILTER, "comment")
    if row is None:
        return None
    command = f"{FILTER} set {by(row, 'comment')} log=yes log-prefix={at.word}"
    return Deed("set", command, "changed", FILTER, str(row.values["comment"]), at.word)


def set_setting(path: str, prop: str, *values: str) -> Maker:
    def make(at: Scene) -> Deed | None:
        now = at.tree.settings(path).get(prop) or at.tree.menu(path).default(prop, "")
        value = at.dice.choice([value for value in values if value != now])
        return Deed("set", f"{path} set {prop}={value}", "changed", path, "", f"{prop}={value}")

    return make


def set_note(at: Scene) -> Deed:
    path = "/system note"
    return Deed("set", f"{path} set note={at.word}", "changed", path, "", at.word)


def move_rule(at: Scene) -> Deed | None:
    rows = harmless(at)
    if len(rows) < 3:
        return None
    place = at.dice.randrange(2, len(rows))
    row, before = rows[place], rows[place - 2]
    command = f"{FILTER} move {by(row, 'comment')} {by(before, 'comment')}"
    # Which of the neighbours moved is a matter of view: the menu and the kind are not.
    return Deed("move", command, "order", FILTER)


def disable(path: str, prop: str) -> Maker:
    def make(at: Scene) -> Deed | None:
        rows = harmless(at) if path == FILTER else at.tree.rows(path)
        rows = [r for r in rows if r.values.get(prop) and r.values.get("disabled") != "yes"]
        if not rows:
            return None
        row = at.dice.choice(rows)
        return Deed(
            "disable", f"{path} disable {by(row, prop)}", "changed", path,
            str(row.values[prop]), "disabled=yes",
        )  # fmt: skip

    return make


def rename(path: str, *also: str) -> Maker:
    def make(at: Scene) -> Deed | None:
        row = at.pick(path, "name")
        if row is None:
            return None
        command = f"{path} set {by(row, 'name')} name={at.word}"
        return Deed("rename", command, "changed", path, "", at.word, frozenset(also))

    return make


def wifi_secret(at: Scene) -> Deed | None:
    rows = [row for row in at.tree.rows("/interface wifi") if "security.passphrase" in row.values]
    if not rows:
        return None
    name = str(at.dice.choice(rows).entry).removeprefix("default-name=")
    command = f"/interface wifi set [find name={name}] security.passphrase=by-{at.word}"
    return Deed("secret", command, "secret", "/interface wifi", name, "Wi-Fi passphrase changed")


def snmp_secret(at: Scene) -> Deed | None:
    # Its name is a secret too: a hand finds it by what it is not.
    if at.pick("/snmp community", "authentication-password") is None:
        return None
    command = f"/snmp community set [find security=private] authentication-password=by-{at.word}-x"
    return Deed("secret", command, "secret", "/snmp community", "", "SNMP password changed")


def ppp_secret(at: Scene) -> Deed:
    command = f"/ppp secret add name={at.word} password=by-{at.word} service=l2tp"
    return Deed("secret", command, "extra", "/ppp secret", at.word)


def ppp_secret_changed(at: Scene) -> Deed | None:
    row = at.pick("/ppp secret", "name", "password")
    if row is None:
        return None
    command = f"/ppp secret set {by(row, 'name')} password=other-{at.word}"
    return Deed("secret", command, "secret", "/ppp secret", str(row.values["name"]), "password")


def add_script(at: Scene) -> Deed:
    path = "/system script"
    return Deed("script", f"{path} add name={at.word} source=beep", "extra", path, at.word)


def add_schedule(at: Scene) -> Deed:
    path = "/system scheduler"
    words = f"name={at.word} interval=1d on-event=beep"
    return Deed("script", f"{path} add {words}", "extra", path, at.word)


def add_netwatch(at: Scene) -> Deed:
    path = "/tool netwatch"
    return Deed("add", f"{path} add host=192.0.2.9 comment={at.word}", "extra", path, at.word)


def add_user(at: Scene) -> Deed:
    group = at.dice.choice(("full", "write", "read"))
    command = f"/user add name={at.word} group={group} password=by-{at.word}"
    return Deed("user", command, "extra", "/user", at.word)


def change_user(at: Scene) -> Deed | None:
    return of_hand(at, "/user", "set {} group=full", "changed", "group=full", skip="full")


def remove_user(at: Scene) -> Deed | None:
    return of_hand(at, "/user", "remove {}", "missing", "")


def of_hand(
    at: Scene, path: str, command: str, kind: str, value: str, skip: str = "-"
) -> Deed | None:
    """Something done to what a hand made before."""
    rows = [r for r in at.beyond.get(path, ()) if r["name"].startswith("hand")]
    rows = [r for r in rows if r.get("group") != skip]
    if not rows:
        return None
    name = at.dice.choice(rows)["name"]
    return Deed("user", f"{path} {command.format(f'[find name={name}]')}", kind, path, name, value)


def add_group(at: Scene) -> Deed:
    command = f"/user group add name={at.word} policy=read,ssh"
    return Deed("group", command, "extra", "/user group", at.word)


def change_group(at: Scene) -> Deed | None:
    rows = [r for r in at.beyond["/user group"] if r["name"].startswith("hand")]
    rows = [r for r in rows if "!write" in r["policy"] or "write" not in r["policy"]]
    if not rows:
        return None
    name = at.dice.choice(rows)["name"]
    command = f"/user group set [find name={name}] policy=read,write,ssh"
    return Deed("group", command, "changed", "/user group", name, "policy")


def add_key(at: Scene) -> Deed:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    line = made.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()
    name = f"{at.word}.pub"
    return Deed(
        "key", f"/user ssh-keys import public-key-file={name} user=admin", "extra",
        "/user ssh-keys", "user=admin", upload=(name, f"{line} {at.word}"),
    )  # fmt: skip


def add_file(at: Scene) -> Deed:
    name = f"{at.word}.{at.dice.choice(('rsc', 'backup', 'txt'))}"
    return Deed("file", "", "extra", "/file", name, upload=(name, "left by a hand\n"))


MAKERS: tuple[Maker, ...] = (
    add_rule, add_rule, add_nat, add_address_list, add_dns_name, add_route,
    remove_rule, remove_rule, remove_row("/ip firewall address-list", "list", "hand"),
    remove_row("/ip dns static", "name"), remove_row("/system script", "name"),
    set_rule, set_rule, set_note,
    set_setting("/ip dns", "allow-remote-requests", "yes", "no"),
    set_setting("/ip dns", "cache-size", "4096KiB", "1024KiB"),
    set_setting("/ip ssh", "forwarding-enabled", "local", "both", "no"),
    set_setting("/tool bandwidth-server", "enabled", "yes", "no"),
    set_setting("/snmp", "contact", "a", "b"),
    move_rule, move_rule,
    disable(FILTER, "comment"), disable(FILTER, "comment"),
    disable("/system logging", "topics"), disable("/tool netwatch", "comment"),
    rename("/ip pool", "/ip dhcp-server"), rename("/ip dhcp-server"),
    rename("/queue simple"), rename("/system script"),
    wifi_secret, wifi_secret, snmp_secret, ppp_secret, ppp_secret_changed,
    add_script, add_schedule, add_netwatch,
    add_user, change_user, remove_user, add_group, change_group, add_key, add_file, add_file,
)  # fmt: skip


def deeds(
    seed: int,
) -> Iterator[Callable[[str, Mapping[str, tuple[Mapping[str, str], ...]]], Deed]]:
    """An endless row of hands: each looks at a device's text and rows and does something."""
    dice = random.Random(seed)
    number = 0
    while True:
        number += 1

        def choose(
            text: str, beyond: Mapping[str, tuple[Mapping[str, str], ...]], number: int = number
        ) -> Deed:
            scene = Scene(read(text), beyond, dice, number)
            while True:
                deed = dice.choice(MAKERS)(scene)
                if deed is not None:
                    return deed

        yield choose
