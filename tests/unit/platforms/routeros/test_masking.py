from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS

CASES = Path(__file__).parents[3] / "cases" / "routeros"
VALUE = 'p "a" $s\\ ?'


def seal(value: str) -> str:
    return f"<secret:{hashlib.sha256(value.encode()).hexdigest()[:16]}>"


SECRETS = [
    '/interface wifi security\nadd name=s passphrase="VALUE"\n',
    '/interface wireless security-profiles\nadd name=s wpa2-pre-shared-key="VALUE"\n',
    '/interface wireguard\nadd name=t private-key="VALUE"\n',
    '/interface wireguard peers\nadd interface=t preshared-key="VALUE" public-key=k\n',
    '/routing ospf interface-template\nadd area=b auth=sha256 auth-key="VALUE"\n',
    '/snmp community\nadd name="VALUE"\n',
    '/ppp secret\nadd name=u password="VALUE"\n',
    '/tool e-mail\nset password="VALUE"\n',
    '/an unknown menu\nadd name=u password="VALUE"\n',
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_masked_and_comes_back(text: str) -> None:
    quoted = VALUE.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    raw = text.replace("VALUE", quoted)
    masked = ROUTEROS.mask(raw, seal)
    assert quoted not in masked
    assert seal(VALUE) in masked
    assert ROUTEROS.secrets(raw) == (VALUE,)
    assert ROUTEROS.reveal(masked, lambda _: VALUE) == raw


@pytest.mark.parametrize(
    "text",
    [*SECRETS, *(f.read_text() for f in sorted(CASES.glob("*/running.rsc")))],
)
def test_what_is_done_to_every_read_at_once_is_what_its_two_steps_do(text: str) -> None:
    masked = ROUTEROS.mask(text, seal)
    assert ROUTEROS.cleaned(text, seal) == (masked, ROUTEROS.canonical(masked))


@pytest.mark.parametrize("text", SECRETS)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = ROUTEROS.mask(text, seal)
    assert ROUTEROS.mask(once, seal) == once


def test_the_community_that_everyone_knows_is_no_secret() -> None:
    text = "/snmp community\nset [ find default=yes ] name=public\n"
    assert ROUTEROS.mask(text, seal) == text


def test_a_token_within_quotes_gets_the_value_quoted_once() -> None:
    assert ROUTEROS.reveal('[find name="<secret:0123456789abcdef>"]', lambda _: "a b") == (
        '[find name="a b"]'
    )


def test_a_changed_secret_shows_as_changed_and_says_nothing_of_it() -> None:
    running = "/interface wifi security\nadd name=s passphrase=<secret:0000000000000001>\n"
    intended = running.replace("1>", "2>")
    change = ROUTEROS.diff(running, intended, DiffContext(version="7.20", whole=True))
    assert [difference.kind for difference in change.differences] == ["secret"]
    assert change.diff == "/interface wifi security\n  ~ s: passphrase changed\n"
    assert "passphrase=<secret:0000000000000002>" in change.script
    assert "passphrase=<secret:0000000000000001>" in change.inverse
