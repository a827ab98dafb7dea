"""The reading half of the NAPALM driver: the connection, and the getters.

``getters`` gives the shapes, ``facts`` and ``tables`` what is read. What changes a device is
``napalm_driver``'s.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Any

from napalm.base.base import NetworkDriver

from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros import facts, getters
from sekayu_net.platforms.routeros.napalm_errors import as_napalm
from sekayu_net.platforms.routeros.session import RefusedError, Session, literal, version_tuple

_DESTINATION = re.compile(r"[A-Za-z0-9:.%_-]{1,255}")


def target_of(
    hostname: str, username: str, password: str, timeout: float, options: dict[str, Any]
) -> Target:
    """NAPALM's constructor arguments as a target."""
    port = int(options.get("port") or 22)
    known_hosts = options.get("known_hosts") or options.get("ssh_known_hosts_file")
    key_file = options.get("key_file") or options.get("ssh_private_key_file")
    alias = hostname if port == 22 else f"[{hostname}]:{port}"
    return Target(
        host=str(options.get("inventory_name") or alias),
        address=hostname,
        port=port,
        username=username,
        known_hosts=Path(known_hosts or "~/.ssh/known_hosts").expanduser(),
        key_file=Path(key_file).expanduser() if key_file else None,
        password=password or None,
        serial=options.get("serial"),
        timeout=float(timeout),
        legacy_algorithms=bool(options.get("legacy_algorithms")),
    )


class RouterOSReader(NetworkDriver):  # type: ignore[misc] # NAPALM ships no types
    """One device, to be read.

    ``optional_args``: ``port``, ``key_file``, ``known_hosts`` (default ``~/.ssh/known_hosts``),
    ``inventory_name`` (the name in known_hosts), ``serial``, ``legacy_algorithms``. Every method
    raises ``errors.DeviceError``, which is NAPALM's own exception as well.
    """

    platform = "routeros"

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        self._set_up(target_of(hostname, username, password, timeout, optional_args or {}))

    def _set_up(self, target: Target) -> None:
        self.hostname = target.address
        self.username = target.username
        self.password = ""  # the target holds it, hidden from repr
        self.timeout = int(target.timeout)
        self.target = target
        self.session = Session(target)
        self._facts: facts.Facts | None = None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
    ) -> None:
        # NAPALM's own asks for a bug report when it does not know the exception's name.
        self.close()

    # -- the connection

    @as_napalm
    def open(self) -> None:
        """Connect; host key and credentials are checked here."""
        self.session.open()

    def close(self) -> None:
        """Let go of the connection. Never raises."""
        if hasattr(self, "session"):
            self.session.close()
            self._facts = None

    def is_alive(self) -> dict[str, bool]:
        """NAPALM's."""
        return {"is_alive": self.session.alive}

    def _known(self, stage: str) -> facts.Facts:
        if self._facts is None:
            self._facts = facts.read_facts(self.session, stage=stage)
        return self._facts

    def _version_6(self, stage: str) -> bool:
        return version_tuple(self._known(stage).version) < (7,)

    def _rows(self, *prints: str) -> list[tuple[dict[str, str], ...]]:
        """Rows of up to four menus; none for a menu that the device does not have."""
        known = self._known("read")
        answers = self.session.rows(*prints, stage="read", json_rows=known.json_rows)
        return [rows or () for rows in answers]

    # -- getters

    @as_napalm
    def get_facts(self) -> dict[str, Any]:
        """NAPALM's."""
        self._facts = None
        known = self._known("read")
        (rows,) = self._rows("/interface print as-value")
        return {
            "uptime": known.uptime,
            "vendor": "MikroTik",
            "os_version": known.version,
            "serial_number": known.serial,
            "model": known.model,
            "hostname": known.identity,
            "fqdn": known.identity,
            "interface_list": [row["name"] for row in rows if "name" in row],
        }

    @as_napalm
    def get_interfaces(self) -> dict[str, dict[str, Any]]:
        """NAPALM's. Speed in Mbit/s, of Ethernet ports with link; else -1."""
        interfaces, clock = self._rows(
            "/interface print detail as-value", "/system clock print as-value"
        )
        now = getters.moment(" ".join(clock[0].get(word, "") for word in ("date", "time")))
        if not self._known("read").json_rows:
            interfaces = getters.with_comments(interfaces, self._comments())
        return getters.interfaces(interfaces, self._rates(), now)

    def _comments(self) -> str:
        """Comments one by one: in old versions' rows a ``;`` can't be told from a value's end."""
        return self.session.ask(
            ":foreach item in=[/interface find] do={"
            ':put ("name=" . [/interface get $item name]); '
            ':put ("comment=" . [/interface get $item comment])}',
            stage="read",
        )

    def _rates(self) -> dict[str, str]:
        """Each Ethernet port's rate; ``once`` keeps ``monitor`` from going on for ever."""
        try:
            answer = self.session.ask(
                ":foreach port in=[/interface ethernet find] do={"
                ':put ("port=" . [/interface ethernet get $port name]); '
                ":put [/interface ethernet monitor $port once as-value]}",
                stage="read",
            )
        except RefusedError:  # a virtual router has ports that can't be watched
            return {}
        return getters.rates(answer)

    @as_napalm
    def get_interfaces_counters(self) -> dict[str, dict[str, int]]:
        """NAPALM's; -1 for what the device does not count."""
        every, ethernet = self._rows(
            "/interface print stats as-value", "/interface ethernet print stats as-value"
        )
        return getters.interfaces_counters(every, ethernet)

    @as_napalm
    def get_interfaces_ip(self) -> dict[str, Any]:
        """NAPALM's; both families."""
        four, six = self._rows(
            "/ip address print detail as-value", "/ipv6 address print detail as-value"
        )
        return getters.interfaces_ip((*four, *six))

    @as_napalm
    def get_arp_table(self, vrf: str = "") -> list[dict[str, Any]]:
        """NAPALM's; with ``vrf``, of that VRF's interfaces only."""
        if not vrf:
            return getters.arp_table(self._rows("/ip arp print detail as-value")[0])
        menu = "/ip route vrf" if self._version_6("read") else "/ip vrf"
        rows, vrfs = self._rows("/ip arp print detail as-value", f"{menu} print as-value")
        return getters.arp_table(getters.of_vrf(rows, vrfs, vrf))

    @as_napalm
    def get_ipv6_neighbors_table(self) -> list[dict[str, Any]]:
        """NAPALM's."""
        return getters.ipv6_neighbors(self._rows("/ipv6 neighbor print detail as-value")[0])

    @as_napalm
    def get_mac_address_table(self) -> list[dict[str, Any]]:
        """NAPALM's: the hosts of all bridges."""
        return getters.mac_address_table(
            self._rows("/interface bridge host print detail as-value")[0]
        )

    @as_napalm
    def get_lldp_neighbors(self) -> dict[str, list[dict[str, str]]]:
        """NAPALM's, from what the device hears by LLDP, CDP and MNDP."""
        return getters.lldp_neighbors(self._neighbors())

    @as_napalm
    def get_lldp_neighbors_detail(self, interface: str = "") -> dict[str, list[dict[str, Any]]]:
        """NAPALM's, as ``get_lldp_neighbors``."""
        return getters.lldp_neighbors_detail(self._neighbors(), interface)

    def _neighbors(self) -> tuple[dict[str, str], ...]:
        return self._rows("/ip neighbor print detail as-value")[0]

    @as_napalm
    def get_users(self) -> dict[str, dict[str, Any]]:
        """NAPALM's, without passwords."""
        rows, keys = self._rows(
            "/user print detail as-value", "/user ssh-keys print detail as-value"
        )
        return getters.users(rows, keys)

    @as_napalm
    def get_ntp_servers(self) -> dict[str, dict[str, Any]]:
        """NAPALM's."""
        client, servers = self._rows(
            "/system ntp client print as-value", "/system ntp client servers print as-value"
        )
        return getters.ntp_servers((*client, *servers))

    @as_napalm
    def get_environment(self) -> dict[str, Any]:
        """NAPALM's. A device without sensors has no fans, temperatures and power supplies."""
        health, processors, resource = self._rows(
            "/system health print as-value",
            "/system resource cpu print as-value",
            "/system resource print as-value",
        )
        return getters.environment(health, processors, resource[0] if resource else {})

    # -- commands

    def _ping(self, address: str, count: int, extra: str = "") -> str:
        if not _DESTINATION.fullmatch(address):
            raise ValueError("an address or name is needed")
        return self.session.ask(
            f"/ping {address} count={count:d}{extra}",
            stage="check",
            timeout=self.target.timeout + 2 * count,
        )

    @as_napalm
    def ping(
        self,
        destination: str,
        source: str = "",
        ttl: int = 255,
        timeout: int = 2,  # noqa: ARG002 - RouterOS waits one interval, a second
        size: int = 100,
        count: int = 5,
        vrf: str = "",
        source_interface: str = "",
    ) -> dict[str, Any]:
        """NAPALM's. ``{"error": …}`` when the device will not send one."""
        extra = f" size={size:d} ttl={ttl:d}"
        for name, value in (("src-address", source), ("interface", source_interface)):
            if value and not _DESTINATION.fullmatch(value):
                raise ValueError(f"{name} {value!r} is neither an address nor a name")
            extra += f" {name}={value}" if value else ""
        if vrf:
            word = "routing-table" if self._version_6("check") else "vrf"
            extra += f" {word}={literal(vrf)}"
        try:
            return getters.ping(self._ping(destination, count, extra))
        except RefusedError as error:
            return {"error": error.words}

    @as_napalm
    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str]:
        """NAPALM's: what each command prints."""
        if encoding != "text":
            raise NotImplementedError("RouterOS prints text only")
        return {command: self.session.ask(command, stage="cli") for command in commands}
