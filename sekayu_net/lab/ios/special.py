"""What only some configuration commands do, beside keeping their line.

Physical interfaces, users and passwords, access lists' sequence numbers, banners, keys, passive
interfaces, ranges of lines, addresses that can't be. ``editor`` calls these around ``tree``'s put
and deny.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from sekayu_net.lab.ios import lists, passwords
from sekayu_net.lab.ios.changes import Change
from sekayu_net.lab.ios.grammar import CommandError, Match
from sekayu_net.lab.ios.modes import mode, section_of
from sekayu_net.lab.ios.routes import addresses, name_of
from sekayu_net.lab.ios.tree import Line, Tree, find, rank

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

_FRAME = re.compile(
    r"Building configuration\.\.\.|Current configuration|Using \d+ out of|version \d|"
    r"Load for five|Time source is|ntp clock-period"
)
_BANNER = re.compile(
    r"\s*(?:banner\s+)(?P<kind>exec|incoming|login|motd)\s+(?P<delimiter>\^C|\S)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
#: Kinds of interface that exist because they are configured.
_VIRTUAL = re.compile(r"(Loopback|Tunnel|Vlan|Port-channel|BVI|BDI|Dialer|Virtual-Template|"
                      r"Multilink|Group-Async|Null)\d+|.*\.\d+")  # fmt: skip
#: Other ways to write a command, and the one that is kept.
_ALIASES = (("ip domain-name ", "ip domain name "), ("ip domain-list ", "ip domain list "))


def is_frame(text: str) -> bool:
    """Whether a line of a file is no command but part of its frame."""
    return _FRAME.match(text) is not None


# -- banners -----------------------------------------------------------------------------------


def begins_text(text: str) -> bool:
    """Whether a line begins a banner."""
    return _BANNER.match(text) is not None


def banner_parts(text: str) -> tuple[str, str, str]:
    """Kind, delimiter, and what follows it on the line.

    A file that came through a terminal holds ``^C`` in two characters where the device has one.
    """
    match = _BANNER.match(text)
    if match is None:
        raise CommandError("% Incomplete command.\n")
    delimiter = match["delimiter"]
    return match["kind"].lower(), delimiter, match["rest"]


def shown_char(text: str) -> str:
    """A control character as a terminal shows it."""
    return "^C" if text == "\x03" else text


def keep_banner(tree: Tree, kind: str, text: str) -> None:
    """Keep a banner's text; its delimiter is always Ctrl-C."""
    grammar = mode("config").grammar
    pattern = next(p for p in grammar.patterns if p.source.startswith("banner"))
    key = (pattern.order, ("banner", kind))
    tree.root.below[:] = [line for line in tree.root.below if line.key != key]
    tree.root.below.append(Line(f"banner {kind} \x03{text}\x03", key, rank=(kind,)))


# -- setting -----------------------------------------------------------------------------------


def prepare(device: IosDevice, tree: Tree, parent: Line, match: Match, text: str) -> Change:
    """Look at a line before it is kept. Raises ``CommandError``."""
    words = match.words
    if parent.mode == "config":
        return _prepare_global(device, tree, parent, match)
    if parent.mode == "interface" and words[:2] == ("ip", "address") and len(words) >= 4:
        return _address(tree, parent, match)
    if parent.mode in ("acl-standard", "acl-extended"):
        return lists.entry(device, parent, match)
    if parent.mode == "ospf" and words[0] == "passive-interface":
        return _passive(parent, match)
    if parent.mode == "pubkey-user" and words[0] == "key-string":
        return _key_string(parent, words)
    if parent.mode == "line" and words[0] == "password":
        return Change(_hashed(tree, match, 1))
    if parent.mode == "certificate" and words == ("quit",):
        return Change()
    del text
    return Change()


def _prepare_global(device: IosDevice, tree: Tree, parent: Line, match: Match) -> Change:
    words = match.words
    head = words[0]
    if head == "interface" and section_of(match.pattern) == "interface":
        return _interface(device, parent, match)
    if head == "username":
        return _username(device, tree, parent, match)
    if words[:2] in (("enable", "secret"), ("enable", "password")):
        return Change(_hashed(tree, match, 2, form="9" if device.modern else "5"))
    if words[:2] == ("snmp-server", "user"):
        device.snmp_users[words[2]] = match.text
        return Change(stop=True)
    if words[:2] == ("ip", "prefix-list") and words[3] != "seq" and words[3] != "description":
        return _prefix_list(parent, match)
    if words[:2] == ("line", "vty"):
        return _vty(parent, match)
    if words[:2] == ("crypto", "key"):
        return Change(answer="", stop=True)
    if head == "access-list" and len(words) > 2:
        return lists.numbered(device, parent, words)
    if words[:3] == ("ip", "access-list", "resequence"):
        return lists.resequence(device, parent, words)
    for written, kept in _ALIASES:
        if match.text.startswith(written):
            return Change(_as(kept + match.text[len(written) :]))
    if head == "logging" and re.fullmatch(r"\d+\.\d+\.\d+\.\d+", words[1]):
        return Change(_as(" ".join(("logging", "host", *words[1:]))))
    return Change()


def _as(text: str) -> Match:
    from sekayu_net.lab.ios.grammar import split

    return mode("config").grammar.parse(text, split(text))[0]


def _interface(device: IosDevice, parent: Line, match: Match) -> Change:
    name = match.words[1]
    known = name in device.ports or parent.get(f"interface {name}") is not None
    if not known:
        base = name.partition(".")[0]
        if not _VIRTUAL.fullmatch(name) or (
            "." in name and parent.get(f"interface {base}") is None
        ):
            return Change(answer="%Invalid interface type and number\n", stop=True)
    return Change()


def _address(tree: Tree, parent: Line, match: Match) -> Change:
    words = match.words
    try:
        wanted = IPv4Interface(f"{words[2]}/{words[3]}")
    except ValueError:
        return Change()  # a leniently read file has such
    length = wanted.network.prefixlen
    if length < 31 and wanted.ip in (
        wanted.network.network_address,
        wanted.network.broadcast_address,
    ):
        return Change(answer=f"Bad mask /{length} for address {wanted.ip}\n", stop=True)
    vrf = parent.get("vrf forwarding")
    for other in tree.interfaces():
        there = other.get("vrf forwarding")
        if other is parent or (vrf and vrf.text) != (there and there.text):
            continue
        for address in addresses(other):
            if address.network.overlaps(wanted.network) and not other.has("shutdown"):
                net = wanted.network.network_address
                return Change(answer=f"% {net} overlaps with {name_of(other)}\n", stop=True)
    return Change()


def _username(device: IosDevice, tree: Tree, parent: Line, match: Match) -> Change:
    """One line for each user: privilege and secret come together whatever came first."""
    from sekayu_net.lab.ios.device import user_fields

    name = match.words[1]
    given = user_fields(match.text)
    rest = match.words[2:]
    if "kept" in given:
        form, kept, verb = given["form"], given["kept"], given["verb"]
        if not passwords.is_hidden(kept, form):
            raise CommandError("ERROR: The secret you entered is not a valid encrypted secret.\n"
                               "To enter an UNENCRYPTED secret, do not specify type 5 encryption."
                               "\n")  # fmt: skip
        if form == "0":
            form = _form(device, tree, verb)
            kept = passwords.hide(kept, form)
        given |= {"form": form, "kept": kept}
    before = parent.get(f"username {name}")
    fields = user_fields(before.text) if before is not None else {"privilege": "1"}
    if "privilege" in rest:
        fields["privilege"] = given["privilege"]
    if "kept" in given:
        if "verb" in fields and fields["verb"] != given["verb"]:
            raise CommandError(
                "ERROR: Can not have both a user password and a user secret.\n"
                "Please choose one or the other.\n"
            )
        fields |= {name: given[name] for name in ("form", "kept", "verb")}
    text = f"username {name}"
    if fields["privilege"] != "1":
        text += f" privilege {fields['privilege']}"
    if "kept" in fields:
        text += f" {fields['verb']} {fields['form']} {fields['kept']}"
    if not ("kept" in given or "privilege" in rest):
        text = match.text
    return Change(replace(match, words=tuple(text.split())))


def _form(device: IosDevice, tree: Tree, verb: str) -> str:
    if verb == "secret":
        return "9" if device.modern else "5"
    return "7" if tree.has("service password-encryption") else "0"


def _hashed(tree: Tree, match: Match, place: int, form: str = "7") -> Match:
    """A line with its clear password replaced by what is kept."""
    head, rest = match.words[:place], list(match.words[place:])
    if rest[0] == "level":
        head, rest = (*head, *rest[:2]), rest[2:]
    if len(rest) > 1:
        kind, kept = rest[0], rest[1]
    else:
        kind, kept = "0", rest[0]
    if not passwords.is_hidden(kept, kind):
        raise CommandError("% Invalid encrypted secret\n")
    if kind == "0":
        if head[-1] != "secret":
            form = "7" if tree.has("service password-encryption") else "0"
        kind, kept = form, passwords.hide(kept, form)
    shown = (kept,) if kind == "0" else (kind, kept)
    return replace(match, words=(*head, *shown))


def _prefix_list(parent: Line, match: Match) -> Change:
    name, rest = match.words[2], match.words[3:]
    numbers = []
    for line in find(parent.below, f"ip prefix-list {name} seq"):
        words = line.text.split()
        if tuple(words[5:]) == rest:
            return Change(stop=True)
        numbers.append(int(words[4]))
    number = max(numbers, default=0) // 5 * 5 + 5
    return Change(_as(" ".join(("ip", "prefix-list", name, "seq", str(number), *rest))))


def _vty(parent: Line, match: Match) -> Change:
    """``line vty 0 15`` where there are 0 to 4 and 5 to 15: both; what is beyond is made."""
    first = int(match.words[2])
    last = int(match.words[3]) if len(match.words) > 3 else first
    inside = []
    covered = first
    for line in sorted(find(parent.below, "line vty"), key=lambda line: line.rank):
        words = line.text.split()
        low, high = int(words[2]), int(words[3]) if len(words) > 3 else int(words[2])
        if first <= low and high <= last and low == covered:
            inside.append(line)
            covered = high + 1
    if len(inside) > 1 or (inside and covered <= last):
        if covered <= last:
            made = replace(match, words=("line", "vty", str(covered), str(last)))
            line = Line(made.text, (match.pattern.order, made.words), "line", rank=rank(made.text))
            line.below = [Line(one.text, one.key) for one in inside[0].below]
            parent.below.append(line)
            inside.append(line)
        return Change(sections=tuple(inside))
    return Change()


def _passive(parent: Line, match: Match) -> Change:
    """With ``passive-interface default`` a passive interface is nothing to tell."""
    if parent.has("passive-interface default") and match.words[1] != "default":
        text = f"no {match.text}"
        parent.below[:] = [line for line in parent.below if line.text != text]
        return Change(stop=True)
    return Change()


def _key_string(parent: Line, words: tuple[str, ...]) -> Change:
    """The lines of a public key, up to ``exit``: its MD5 is kept."""
    taken: list[str] = list(words[1:])

    def more(line: str) -> str | None:
        if line.strip() != "exit":
            taken.append(line.strip())
            return None
        text = "".join(part for part in taken if not part.startswith("ssh-"))
        text = text.split(" ")[0]
        try:
            blob = base64.b64decode(text, validate=True)
            kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            return "%SSH: Failed to decode the Key Value\n"
        digest = hashlib.md5(blob, usedforsecurity=False).hexdigest().upper()
        kept = f"key-hash {kind} {digest}"
        parent.below[:] = [Line(kept, (1, tuple(kept.split())))]
        return ""

    return Change(stop=True, more=more)


# -- denying -----------------------------------------------------------------------------------


def refuse_denial(
    device: IosDevice, tree: Tree, parent: Line, match: Match, text: str, *, default: bool
) -> Change:
    """Look at a denial first: ``stop`` when it is refused, or done here."""
    del text
    words = match.words
    if parent.mode == "config" and words[0] == "interface" and len(words) > 1:
        return _no_interface(device, parent, words[1], default=default)
    if parent.mode in ("acl-standard", "acl-extended"):
        return lists.no_entry(parent, words)
    if parent.mode == "ospf" and words[0] == "passive-interface" and len(words) > 1:
        if words[1] == "default":
            parent.below[:] = [
                line for line in parent.below if not line.text.startswith("no passive-interface")
            ]
        elif parent.has("passive-interface default"):
            if not any(line.text == f"no {match.text}" for line in parent.below):
                key = (match.pattern.order, ("no", *words))
                parent.below.append(Line(f"no {match.text}", key))
            return Change(stop=True)
    if words[:2] == ("snmp-server", "user") and len(words) > 2:
        device.snmp_users.pop(words[2], None)
        return Change(stop=True)
    if words[:2] == ("line", "vty") or words[0] == "hostname":
        return _no_fixed(tree, parent, match)
    if words[0] == "access-list" and len(words) > 1:
        return lists.no_numbered(parent, words[1])
    return Change()


def _no_fixed(tree: Tree, parent: Line, match: Match) -> Change:
    if match.words[0] == "hostname":
        line = tree.get("hostname")
        if line is not None:
            line.text, line.key = "hostname Router", (line.key[0], ("hostname",))
        return Change(stop=True)
    if match.words[2] == "0":
        return Change(answer="% Can't delete last 5 VTY lines\n", stop=True)
    first = int(match.words[2])
    parent.below[:] = [
        line
        for line in parent.below
        if not (line.text.startswith("line vty") and int(line.text.split()[2]) >= first)
    ]
    return Change(stop=True)


def _no_interface(device: IosDevice, parent: Line, name: str, *, default: bool) -> Change:
    section = parent.get(f"interface {name}")
    if default:
        if section is not None:
            fresh = device.factory().get(f"interface {name}")
            shut = [line for line in fresh.below if line.text != "shutdown"] if fresh else []
            section.below[:] = shut
        return Change(answer=f"Interface {name} set to default configuration\n", stop=True)
    if name in device.ports:
        return Change(answer="% Removal of physical interfaces is not permitted.\n", stop=True)
    return Change()


def finish(device: IosDevice, tree: Tree, parent: Line, kept: Line | None) -> None:
    """After a line was kept: what hangs on it."""
    if kept is None:
        return
    words = kept.text.split()
    if words[0] == "interface" and words[-1].startswith("Loopback") and not kept.below:
        return
    if words[:2] == ["vrf", "forwarding"] and parent.mode == "interface":
        parent.below[:] = [line for line in parent.below if not line.text.startswith("ip address")]
    if kept.text == "passive-interface default":
        parent.below[:] = [
            line
            for line in parent.below
            if not re.match(r"passive-interface (?!default)", line.text)
        ]
    if kept.text == "service password-encryption" and parent.mode == "config":
        _encrypt(tree.root)
    if kept.text == "aaa new-model" and tree.get("aaa session-id") is None:
        from sekayu_net.lab.ios.tree import put

        put(tree.root, [_as("aaa session-id common")])
    del device


def _encrypt(parent: Line) -> None:
    """``service password-encryption`` hides what is there in clear."""
    for line in parent.below:
        match = re.fullmatch(r"(?P<head>(username .* )?password) (0 )?(?P<clear>\S+)", line.text)
        if match is not None:
            line.text = f"{match['head']} 7 {passwords.hide(match['clear'], '7')}"
        _encrypt(line)


def denied(device: IosDevice, tree: Tree, parent: Line, match: Match, gone: Sequence[Line]) -> str:
    """After a denial: what the console says, and what went with it."""
    del device
    words = match.words
    if words[:2] == ("ip", "route") and not gone:
        return "%No matching route to delete\n"
    if words[:2] == ("aaa", "new-model"):
        tree.root.below[:] = [line for line in tree.root.below if not line.text.startswith("aaa ")]
    if (
        words[:2] == ("ip", "address")
        and match.complete
        and not gone
        and parent.mode == "interface"
    ):
        return "% Invalid address\n"
    return ""
