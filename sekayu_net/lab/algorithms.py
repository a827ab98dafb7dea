"""Which SSH algorithms a version's server offers.

Sources: MikroTik's manual (``strong-crypto``), reports on 6.40 to 6.49 servers and a 7.x capture;
exact lists of single releases are not known.
"""

from __future__ import annotations

from dataclasses import dataclass

from sekayu_net.lab.schema import at_least

_KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group-exchange-sha256")
_KEX_OF_6 = ("diffie-hellman-group-exchange-sha256",)
_WEAK_KEX = ("diffie-hellman-group14-sha1",)
_WEAK_KEX_OF_6 = (
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
_GCM = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
_CIPHERS = ("aes256-ctr", "aes192-ctr", "aes128-ctr")
_WEAK_CIPHERS_OF_6 = ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc")
_MACS = ("hmac-sha2-256", "hmac-sha2-512")
_MACS_OF_6 = ("hmac-sha2-256",)
_WEAK_MACS = ("hmac-sha1",)
_WEAK_MACS_OF_6 = ("hmac-sha1", "hmac-md5")
_SIGNATURES_OF_6 = ("ssh-rsa",)
#: Users' Ed25519 keys are taken from here on.
USER_ED25519_SINCE = "7.12"


@dataclass(frozen=True, slots=True)
class Offer:
    """``signatures``: with which algorithms keys sign; empty: with all that the keys can."""

    kex: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    signatures: tuple[str, ...] = ()


def offer(version: str, *, strong: bool) -> Offer:
    """What the server of a version offers with ``strong-crypto`` on or off."""
    if not at_least(version, "7"):
        return Offer(
            _KEX_OF_6 if strong else _KEX_OF_6 + _WEAK_KEX_OF_6,
            _CIPHERS if strong else _CIPHERS + _WEAK_CIPHERS_OF_6,
            _MACS_OF_6 if strong else _MACS_OF_6 + _WEAK_MACS_OF_6,
            _SIGNATURES_OF_6,
        )
    return Offer(
        _KEX if strong else _KEX + _WEAK_KEX,
        (_GCM if at_least(version, "7.17") else ()) + _CIPHERS,
        _MACS if strong else _MACS + _WEAK_MACS,
    )
