from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.platform import ROUTEROS

FOUND = [
    ("/ip service\nset ssh available-from=10.0.0.0/8\n", "7.20.4", "available-from does not exist"),
    ("/ip service\nset ssh address=10.0.0.0/8\n", "7.24", "address does not exist"),
    ("/ip nonsense\nadd name=x\n", "7.20", "is not known"),
    ("/ip address\nadd adress=10.0.0.1/24\n", "7.20", "adress is not known"),
    ("/ip address\nadd disabled=maybe\n", "7.20", "expected yes or no"),
    ("/ip firewall filter\nadd action=deny chain=input\n", "7.20", "'deny' is none of"),
    ("/ip service\nadd name=ssh\n", "7.20", "has no add"),
    ("/interface wifi\nset wifi1 disabled=no\n", "6.49", "does not exist in 6.49"),
]


@pytest.mark.parametrize(("text", "version", "words"), FOUND)
def test_what_a_version_lacks_is_found(text: str, version: str, words: str) -> None:
    found = ROUTEROS.check(text, version)
    assert len(found) == 1
    assert words in str(found[0])
    assert found[0].line == 2


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("/ip service\nset ssh address=10.0.0.0/8\n", "7.23.3"),
        ("/ip service\nset ssh available-from=10.0.0.0/8\n", "7.24"),
        ("/ip firewall filter\nadd action=drop chain=input connection-state=!new\n", "7.16"),
    ],
)
def test_what_a_version_has_passes(text: str, version: str) -> None:
    assert ROUTEROS.check(text, version) == ()
