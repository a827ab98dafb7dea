"""What the templates make of access points."""

from __future__ import annotations


def test_the_office_network_is_protected_and_the_public_one_keeps_clients_apart(
    bench, each
) -> None:
    for device in each("access_point"):
        radios = [radio.name for radio in device.model.radios]
        office, public = [], []
        for row, statement in zip(
            bench.rows(device, "/interface wifi"),
            bench.statements(device, "/interface wifi"),
            strict=True,
        ):
            (public if statement.verb == "add" else office).append(row)
        assert len(office) == len(public) == len(radios)
        for row in office:
            assert str(row["security.passphrase"]).startswith("<secret:")
            assert row["security.authentication-types"] == "wpa2-psk,wpa3-psk"
            assert row["configuration.country"] == "Indonesia"
        for row in public:
            assert row["datapath.client-isolation"] == "yes"
            assert not [key for key in row if key.startswith("security.")]
        assert [row["master-interface"] for row in public] == radios


def test_a_networks_clients_land_in_its_vlan(bench, each) -> None:
    for device in each("access_point"):
        office = bench.district.office_of(device)
        staff, public = office.vlans["staff"].id, office.vlans["public_wifi"].id
        pvid = {r["interface"]: r.get("pvid") for r in bench.rows(device, "/interface bridge port")}
        table = {r["vlan-ids"]: r for r in bench.rows(device, "/interface bridge vlan")}
        for radio in device.model.radios:
            assert pvid[radio.name] == str(staff)
            assert pvid[f"{radio.name}-public"] == str(public)
            assert radio.name in str(table[str(staff)]["untagged"]).split(",")
            assert f"{radio.name}-public" in str(table[str(public)]["untagged"]).split(",")


def test_the_trunk_carries_the_same_vlans_at_both_ends(bench, each) -> None:
    def carried(device, port) -> set[str]:
        return {
            str(row["vlan-ids"])
            for row in bench.rows(device, "/interface bridge vlan")
            if port in str(row["tagged"]).split(",")
        }

    for device in each("access_point"):
        router = bench.district.office_of(device).router
        port = next(port for port, name in router.attached.items() if name == device.name)
        assert carried(device, device.uplink_port) == carried(bench.device(router.name), port)


def test_an_ssid_is_not_longer_than_the_standard_allows(bench, each) -> None:
    for device in each("access_point"):
        for row in bench.rows(device, "/interface wifi"):
            assert 0 < len(str(row["configuration.ssid"]).encode()) <= 32


def test_users_of_an_access_point_cannot_reach_its_own_addresses(bench, each) -> None:
    for device in each("access_point"):
        accepting = [
            rule
            for rule in bench.rows(device, "/ip firewall filter")
            if rule["action"] == "accept"
            and "connection-state" not in rule
            and rule.get("dst-address") != "127.0.0.1"
        ]
        rescue = set(device.ports_for("rescue"))
        assert {rule["in-interface"] for rule in accepting} <= {"vlan-management", *rescue}
