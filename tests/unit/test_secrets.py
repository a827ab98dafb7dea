"""The secret store: where values come from, what leaves it, what it never loses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sekayu_net.errors import SecretError
from sekayu_net.secrets import SecretStore, variable, wireguard_public


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "secrets.yaml"


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    SecretStore.open(path, {}).set("wifi/a", "one")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_can_read_is_refused(path: Path) -> None:
    SecretStore.open(path, {})
    path.chmod(0o640)
    with pytest.raises(SecretError, match="others can read") as refused:
        SecretStore.open(path, {})
    assert refused.value.hint == f"close it: chmod 600 {path}"


@pytest.mark.parametrize("text", ["key: [", "- a\n", "key: abc\n", ""])
def test_a_file_that_is_no_store_is_refused_without_quoting_it(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(SecretError, match="not a secret store"):
        SecretStore.open(path, {})


def test_a_missing_secret_says_where_to_put_it(path: Path) -> None:
    with pytest.raises(SecretError, match="ospf/sekayu") as missing:
        SecretStore.open(path, {}).get("ospf/sekayu")
    assert "SEKAYU_SECRET_OSPF_SEKAYU" in str(missing.value.hint)


def test_the_environment_goes_first(path: Path) -> None:
    store = SecretStore.open(path, {variable("ospf/sekayu"): "from outside"})
    store.set("ospf/sekayu", "stored")
    assert store.get("ospf/sekayu").value == "from outside"


def test_an_old_version_can_still_be_put_back(path: Path) -> None:
    store = SecretStore.open(path, {})
    old = store.fingerprint(store.set("wifi/a", "old").value)
    store.set("wifi/a", "new")
    again = SecretStore.open(path, {})
    assert again.unseal(old) == "old"
    assert again.label(old) == "wifi/a@1"
    assert again.get("wifi/a").version == 2


def test_a_secret_read_from_a_device_can_be_put_back(path: Path) -> None:
    SecretStore.open(path, {}).remember("its own", "lurah-a-rtr1")
    again = SecretStore.open(path, {})
    assert again.unseal(again.fingerprint("its own")) == "its own"


def test_fingerprints_of_two_stores_differ(tmp_path: Path) -> None:
    stores = [SecretStore.open(tmp_path / name, {}) for name in ("a", "b")]
    assert stores[0].fingerprint("same") != stores[1].fingerprint("same")


def test_a_token_is_sealed_as_itself(path: Path) -> None:
    store = SecretStore.open(path, {})
    token = store.seal("value")
    assert re.fullmatch(r"<secret:[0-9a-f]{16}>", token)
    assert store.seal(token) == token


def test_an_unknown_fingerprint_is_an_error(path: Path) -> None:
    with pytest.raises(SecretError, match="fingerprint"):
        SecretStore.open(path, {}).unseal("0" * 16)


def test_no_value_shows_in_a_representation(path: Path) -> None:
    store = SecretStore.open(path, {})
    secret = store.set("wifi/a", "do-not-show")
    assert "do-not-show" not in repr(secret) + repr(store)


def test_generated_secrets_stay_and_keys_are_keys(path: Path) -> None:
    store = SecretStore.open(path, {})
    store.generate(["wireguard/hub", "wifi/a"])
    key = store.get("wireguard/hub").value
    store.generate(["wireguard/hub", "wifi/b"])
    assert store.get("wireguard/hub").value == key
    assert len(wireguard_public(key)) == 44
    assert store.names() == ["wifi/a", "wifi/b", "wireguard/hub"]


def test_the_public_key_is_the_one_that_the_standard_gives() -> None:
    # RFC 7748, 6.1: Alice's key pair
    private = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
    assert wireguard_public(private) == "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="


def test_a_full_disk_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SecretStore.open(path, {})
    store.set("wifi/a", "kept")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SecretError, match="No space left"):
        store.set("wifi/a", "lost")
    monkeypatch.undo()
    assert SecretStore.open(path, {}).get("wifi/a").value == "kept"
    assert [entry.name for entry in path.parent.iterdir()] == ["secrets.yaml"]


def entered(path: Path, lines: str) -> None:
    """What a person adds to the file by hand."""
    SecretStore.open(path, {})
    path.write_text(path.read_text().replace("secrets: {}", f"secrets:\n{lines}"))


def test_a_person_may_write_one_text_instead_of_a_list(path: Path) -> None:
    entered(path, "  ospf/sekayu: by hand")
    secret = SecretStore.open(path, {}).get("ospf/sekayu")
    assert (secret.value, secret.version) == ("by hand", 1)


@pytest.mark.parametrize("value", ["0123", "yes", "[]", "{a: b}", "''", "[good, 12]"])
def test_a_value_that_yaml_would_change_is_refused_without_quoting_it(
    path: Path, value: str
) -> None:
    entered(path, f"  ospf/sekayu: {value}")
    with pytest.raises(SecretError, match="ospf/sekayu is not a text") as refused:
        SecretStore.open(path, {})
    assert "0123" not in str(refused.value)
    assert "quotes" in str(refused.value.hint)


def test_two_stores_on_one_file_keep_each_others_changes(path: Path) -> None:
    one, two = SecretStore.open(path, {}), SecretStore.open(path, {})
    one.set("wifi/a", "first")
    two.set("wifi/b", "second")
    two.remember("third", "lurah-a-rtr1")
    one.set("wifi/c", "fourth")
    again = SecretStore.open(path, {})
    assert again.names() == ["wifi/a", "wifi/b", "wifi/c"]
    assert again.unseal(again.fingerprint("third")) == "third"


def test_threads_lose_nothing_of_each_other(path: Path) -> None:
    store = SecretStore.open(path, {})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.remember(f"value {n}", f"host-{n}"), range(24)))
    again = SecretStore.open(path, {})
    for number in range(24):
        value = f"value {number}"
        assert again.unseal(again.fingerprint(value)) == value


def test_a_secret_of_the_environment_that_a_device_has_outlives_the_environment(
    path: Path,
) -> None:
    store = SecretStore.open(path, {variable("wifi/a"): "from outside"})
    store.remember(store.get("wifi/a").value, "lurah-a-ap1")
    again = SecretStore.open(path, {})
    assert again.unseal(again.fingerprint("from outside")) == "from outside"


def test_a_secret_of_the_environment_has_its_name_as_label(path: Path) -> None:
    store = SecretStore.open(path, {variable("wifi/a"): "from outside"})
    fingerprint = store.fingerprint(store.get("wifi/a").value)
    assert store.label(fingerprint) == "wifi/a@1"
    store.set("wifi/a", "stored")
    assert store.label(fingerprint) == "wifi/a@2"


def test_an_empty_variable_is_none(path: Path) -> None:
    store = SecretStore.open(path, {variable("wifi/a"): ""})
    store.set("wifi/a", "stored")
    assert store.get("wifi/a").value == "stored"


def test_an_empty_secret_is_refused(path: Path) -> None:
    with pytest.raises(SecretError, match="empty"):
        SecretStore.open(path, {}).set("wifi/a", "")


def test_a_known_secret_is_not_remembered_twice(path: Path) -> None:
    store = SecretStore.open(path, {})
    store.set("wifi/a", "known")
    before = path.read_text()
    store.remember("known", "lurah-a-ap1")
    assert path.read_text() == before


def test_a_key_that_is_none_has_no_public_key() -> None:
    with pytest.raises(SecretError, match="32 bytes") as refused:
        wireguard_public("c2hvcnQ=")
    assert "c2hvcnQ" not in str(refused.value)
