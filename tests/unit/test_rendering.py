"""Rendering: what templates may use, and what a person is told when one is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sekayu_net.errors import RenderError
from sekayu_net.inventory.district import Device, District
from sekayu_net.inventory.offices import load_district
from sekayu_net.rendering import (
    BootstrapUsers,
    render,
    render_bootstrap,
    required_secrets,
    with_labels,
)
from sekayu_net.secrets import SecretStore, wireguard_public

ROOT = Path(__file__).parents[2]
HOST = "lurah-kayu-ara-rtr1"


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(ROOT / "inventory")


@pytest.fixture
def device(district: District) -> Device:
    return district.devices[HOST]


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore.open(tmp_path / "secrets.yaml", {})


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    (folder / "routeros").mkdir(parents=True)
    return folder


def write(templates: Path, text: str, name: str = "router.j2") -> Path:
    path = templates / "routeros" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("fine\n{{ nothing }}\n", 2, "'nothing' is undefined"),
        ("{{ device.colour }}\n", 1, "no attribute 'colour'"),
        ("\n\n{{ office.vlans['guests'].id }}\n", 3, "guests"),
        ("{{ 1 // 0 }}\n", 1, "division"),
        ("{{ fail('no such uplink') }}\n", 1, "no such uplink"),
        ("\n{{ device.ports_for('iot')[9].name }}", 2, "no element 9"),
        ("{% if %}\n", 1, "Expected an expression"),
        ("a\n{{ secret('wifi/none') }}\n", 2, "no secret is called wifi/none"),
        ("{% for port in device.number %}{% endfor %}", 1, "not iterable"),
    ],
)
def test_a_fault_names_host_template_and_line(
    district: District,
    device: Device,
    store: SecretStore,
    templates: Path,
    text: str,
    line: int,
    words: str,
) -> None:
    path = write(templates, text)
    with pytest.raises(RenderError) as raised:
        render(district, device, store, templates)
    error = raised.value
    assert (error.host, error.line, Path(str(error.file))) == (HOST, line, path)
    assert words in error.message
    assert error.message.startswith(HOST)
    assert error.hint


def test_a_fault_in_an_included_partial_names_the_partial(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    write(templates, "\n{% include 'dns.j2' %}")
    partial = write(templates, "\n\n{{ resolver }}", "dns.j2")
    with pytest.raises(RenderError) as raised:
        render(district, device, store, templates)
    assert (Path(str(raised.value.file)), raised.value.line) == (partial, 3)


def test_a_missing_secret_says_where_to_put_it(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    write(templates, "{{ secret('ospf/sekayu') }}")
    with pytest.raises(RenderError) as raised:
        render(district, device, store, templates)
    assert "SEKAYU_SECRET_OSPF_SEKAYU" in str(raised.value.hint)


def test_a_missing_entry_template_is_named(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    with pytest.raises(RenderError, match=r"no template router\.j2"):
        render(district, device, store, templates)


def test_a_platform_that_nobody_wrote_is_named(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    stranger = replace(device, model=replace(device.model, platform="vyos"))
    with pytest.raises(RenderError, match="'vyos'"):
        render(district, stranger, store, templates)


def test_a_secret_is_written_as_its_token(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    store.set("ospf/sekayu", "open sesame")
    write(templates, "key={{ secret('ospf/sekayu') }}")
    text = render(district, device, store, templates)
    assert text == f"key={store.seal('open sesame')}"


def test_a_public_key_is_worked_out_of_the_stored_private_one(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    store.generate(["wireguard/hub"])
    write(templates, "{{ public_key('wireguard/hub') }}")
    text = render(district, device, store, templates)
    assert text == wireguard_public(store.get("wireguard/hub").value)


@pytest.mark.parametrize(
    ("value", "literal"), [("plain", "plain"), ("two words", '"two words"'), ('a"b', '"a\\"b"')]
)
def test_quote_is_the_platforms_own(
    district: District,
    device: Device,
    store: SecretStore,
    templates: Path,
    value: str,
    literal: str,
) -> None:
    write(templates, "{{ device.name | quote }}")
    named = replace(device, name=value)
    assert render(district, named, store, templates) == literal


@pytest.mark.parametrize(
    ("version", "newer"), [("7.16.2", "no"), ("7.24", "yes"), ("7.24.1", "yes"), ("7.9", "no")]
)
def test_versions_compare_as_numbers(
    district: District,
    device: Device,
    store: SecretStore,
    templates: Path,
    version: str,
    newer: str,
) -> None:
    write(templates, "{{ 'yes' if version >= (7, 24) else 'no' }}")
    assert render(district, replace(device, version=version), store, templates) == newer


def test_a_changed_template_is_seen_at_once(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    path = write(templates, "one")
    render(district, device, store, templates)
    path.write_text("another text")
    assert render(district, device, store, templates) == "another text"


def test_required_secrets_are_what_the_templates_ask_for(
    district: District, device: Device, templates: Path
) -> None:
    write(templates, "{{ secret('b') }}{{ public_key('wireguard/a') }}")
    write(templates, "{{ secret('user/' ~ users.tool) }}", "bootstrap.j2")
    assert required_secrets(district, templates, devices=[device]) == ("b", "wireguard/a")
    users = BootstrapUsers("ssh-ed25519 AAAA")
    with_users = required_secrets(district, templates, devices=[device], users=users)
    assert with_users == ("b", "user/sekayu", "wireguard/a")


def test_bootstrap_sees_its_users(
    district: District, device: Device, store: SecretStore, templates: Path
) -> None:
    write(templates, "{{ users.local | join(',') }} {{ users.public_key }}", "bootstrap.j2")
    users = BootstrapUsers("ssh-ed25519 AAAA", local=("budi", "siti"))
    assert (
        render_bootstrap(district, device, store, templates, users) == "budi,siti ssh-ed25519 AAAA"
    )


def test_tokens_are_shown_with_name_and_version(store: SecretStore) -> None:
    token = store.seal(store.set("wifi/a/office", "hidden").value)
    stranger = "<secret:0123456789abcdef>"
    shown = with_labels(f"one={token} two={stranger}", store.label)
    assert shown == f"one=<secret:wifi/a/office@1> two={stranger}"
