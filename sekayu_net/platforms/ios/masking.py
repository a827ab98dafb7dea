"""Secrets in IOS text: out, and back in.

What lives here: which words of a line are secret, replacing them by tokens and tokens by values.
What does not: what a token stands for (the caller's ``seal`` and ``unseal``).

A password that the device shows in type 7, or in clear with a 0 before it, is the same password:
its token stands without the digit, and ``service password-encryption`` hides it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sekayu_net.platforms.ios.passwords import HASHES, clear
from sekayu_net.platforms.ios.syntax import parse

TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")
#: ``form`` is the digit before the secret; ``rest``: a secret that may hold blanks.
_FORM = r"(?:(?P<form>[0-9]) )?"
_WORD = r"(?P<secret>\S+)"
_SECRETS = tuple(
    re.compile(pattern.replace("FORM ", _FORM).replace("WORD", _WORD))
    for pattern in (
        r"enable (?:secret|password)(?: level \d+)? FORM WORD$",
        r"username \S+ (?:.* )?(?:secret|password) FORM (?P<secret>.+)$",
        r"snmp-server community WORD(?: .*)?$",
        (
            r"snmp-server host \S+ (?:vrf \S+ )?(?:traps |informs )?"
            r"(?:version (?:1|2c) )?(?!version |traps |informs |vrf )WORD(?: .*)?$"
        ),
        r"snmp-server user .* auth (?:md5|sha)(?: \d+)? WORD(?: .*)?$",
        r"(?:tacacs|radius)-server (?:.* )?key FORM WORD$",
        r"server(?:-private)? \S+ .*\bkey FORM WORD(?: .*)?$",
        r"key FORM WORD$",
        r"neighbor \S+ password FORM WORD$",
        r"ip ospf message-digest-key \d+ md5 FORM WORD$",
        r"ip ospf authentication-key FORM WORD$",
        r"area \S+ virtual-link .*(?:md5|authentication-key) FORM WORD(?: .*)?$",
        r"key-string FORM (?P<secret>.+)$",
        r"password FORM WORD$",
        r"ppp (?:chap|pap) (?:sent-username \S+ )?password FORM WORD$",
        r"(?:standby|vrrp|glbp) \d+ authentication md5 key-string FORM WORD(?: .*)?$",
        r"(?:standby|vrrp|glbp) \d+ authentication (?:text )?(?!md5 |text )WORD$",
        r"ntp authentication-key \d+ (?:md5|\S*sha\S*) WORD(?: (?P<form>\d))?$",
        r"crypto isakmp key FORM WORD (?:address|hostname) .*$",
        r"pre-shared-key (?:local |remote )?FORM WORD$",
        r"ip ftp password FORM WORD$",
        r"wpa-psk (?:ascii|hex) FORM WORD$",
        r"(?:ip rip|ip) authentication key FORM WORD$",
    )
)
# "key 1" in a key chain is a number, and the public keys of SSH are no secret.
_NUMBER = re.compile(r"key \d+$")
# The community that every device ships with names itself; it is no secret.
_KNOWN_TO_ALL = frozenset(("public", "none"))
_TYPE_7 = frozenset(("7",))


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a line: ``value`` in clear where that can be known, and where it stands."""

    value: str
    start: int
    end: int


def find(line: str, *, inside: str = "") -> Found | None:
    """The secret of a statement. ``inside`` is the section that it stands in, if any."""
    if inside.startswith("key chain ") and _NUMBER.fullmatch(line):
        return None
    if inside.startswith(("ip ssh pubkey-chain", "banner ")):
        return None
    for pattern in _SECRETS:
        match = pattern.match(line)
        if match is None:
            continue
        value = match["secret"]
        if value in _KNOWN_TO_ALL or TOKEN.fullmatch(value):
            return None
        return _found(match, value)
    return None


def _found(match: re.Match[str], value: str) -> Found:
    form = match["form"] if "form" in match.re.groupindex else None
    start, end = match.span("secret")
    if form is not None and match.start("form") > end:
        # NTP's digit comes behind its key: 7, always.
        return Found(clear(value) or value, start, match.end("form") if clear(value) else end)
    if form == "0":
        return Found(value, match.start("form"), end)
    plain = clear(value) if form == "7" else None
    if plain is not None:
        return Found(plain, match.start("form"), end)
    if form is not None and form in HASHES:
        return Found(value, start, end)
    return Found(value, start, end)


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Places of lines in the text, the lines, and the global section that each is in."""
    # A banner's lines are text; only a parse tells which they are.
    for line in parse(text):
        for one in line.walk():
            if len(one.raw) == 1:
                yield one.number - 1, one.raw[0], line.text


def mask(text: str, seal: Callable[[str], str]) -> str:
    """The text with every secret value as the token that ``seal`` gives. Idempotent."""
    found = text.split("\n")
    for place, raw, inside in _lines(text):
        margin = len(raw) - len(raw.lstrip())
        body = raw.strip()
        secret = find(body, inside=inside)
        if secret is not None:
            found[place] = (
                raw[:margin] + body[: secret.start] + seal(secret.value) + body[secret.end :]
            )
    return "\n".join(found)


def secrets(text: str) -> tuple[str, ...]:
    """The secret values of a text, each once, in order of appearance."""
    values = (find(raw.strip(), inside=inside) for _, raw, inside in _lines(text))
    return tuple(dict.fromkeys(secret.value for secret in values if secret is not None))


def reveal(text: str, unseal: Callable[[str], str]) -> str:
    """Put values back in place of tokens. A line has no quoting: a value stands as it is."""
    return TOKEN.sub(lambda match: unseal(match[1]), text)
