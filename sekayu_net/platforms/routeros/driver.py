"""A RouterOS device with NAPALM's verbs, over one SSH connection, that can't be locked out.

``RouterOSDriver`` fulfils ``platforms.base.Driver`` for the rollout and NAPALM's ``NetworkDriver``
for everyone else. It only ties together: ``guard`` (arm, apply, confirm, revert), ``facts``
(reading), ``getters`` (shapes) and the pure half (diff, mask).

A commit without ``revert_in`` is guarded too: it is confirmed by the driver itself, over a new
connection.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napalm.base import exceptions as napalm
from napalm.base.base import NetworkDriver

from sekayu_net.errors import ConfigSyntaxError, GarbledError, GuardError
from sekayu_net.platforms.base import (
    Change,
    Guard,
    Pending,
    PingResult,
    Reading,
    Target,
)
from sekayu_net.platforms.routeros import facts, getters, guard, pending, survey
from sekayu_net.platforms.routeros.candidate import Candidate, Vault, change, loaded
from sekayu_net.platforms.routeros.napalm_errors import as_napalm
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.session import Session, literal

#: Seconds until an unconfirmed commit goes back when the caller named none.
REVERT_IN = 120
_DESTINATION = re.compile(r"[A-Za-z0-9:.%_-]{1,255}")


def _target(
    hostname: str, username: str, password: str, timeout: float, options: dict[str, Any]
) -> Target:
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


class RouterOSDriver(NetworkDriver):  # type: ignore[misc] # NAPALM ships no types
    """One device.

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
        self._set_up(_target(hostname, username, password, timeout, optional_args or {}))

    @classmethod
    def for_target(cls, target: Target) -> RouterOSDriver:
        """A driver for a device of the inventory, not yet open."""
        driver = cls.__new__(cls)
        driver._set_up(target)  # noqa: SLF001 - its own class
        return driver

    def _set_up(self, target: Target) -> None:
        self.hostname = target.address
        self.username = target.username
        self.password = ""  # the target holds it, hidden from repr
        self.timeout = int(target.timeout)
        self.target = target
        self.session = Session(target)
        self._vault = Vault()
        self._facts: facts.Facts | None = None
        self._candidate: Candidate | None = None
        self._before: str | None = None

    # -- the connection

    @as_napalm()
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

    # -- base.Driver

    def _known(self, stage: str) -> facts.Facts:
        if self._facts is None:
            self._facts = facts.read_facts(self.session, stage=stage)
        return self._facts

    @as_napalm()
    def read(self) -> Reading:
        """Everything that the device says of itself. Changes nothing."""
        return facts.read(self.session, self._known("read"))

    @as_napalm()
    def check_identity(self) -> None:
        """``IdentityError`` unless serial, model and version are the target's."""
        self._facts = None
        facts.check_identity(self._known("identity"), self.target)

    @as_napalm()
    def guard(self) -> Guard:
        """The best undo that the device can arm now."""
        return survey.choose(survey.survey(self.session))

    @as_napalm()
    def preflight(self, script: str) -> None:
        """``/import dry-run`` from 7.16 on; ``ApplyError`` for a script it refuses."""
        guard.preflight(self.session, script, nonce=secrets.token_hex(4))

    @as_napalm()
    def pending(self) -> Pending | None:
        """The change that waits for its confirmation, whoever armed it."""
        return pending.pending(self.session)

    @as_napalm()
    def commit_change(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        revert_in: int,
        guard: Guard,
        on_armed: Callable[[], None],
    ) -> None:
        """See ``base.Driver``. ``revert_in`` in seconds. With a guard of kind ``none`` there is no
        trigger on the device: the caller answers for it.
        """  # noqa: D205
        _commit(
            self.session,
            script,
            inverse,
            token=token,
            revert_in=revert_in,
            guard=guard,
            on_armed=on_armed,
        )

    @as_napalm()
    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        """Keep the change, remove the tool's files, remember the run on the device."""
        guard.confirm(self.session, token, run=run, fingerprint=fingerprint)

    @as_napalm()
    def revert(self, token: str) -> None:
        """Run the undo now, wait for its end, remove leftovers."""
        guard.revert(self.session, token)

    @as_napalm()
    def clean(self) -> tuple[str, ...]:
        """Remove leftovers of changes that have ended; what was removed."""
        return pending.clean(self.session)

    @as_napalm()
    def echo(self, address: str, *, count: int = 3) -> PingResult:
        """Echo requests sent by the device."""
        result = getters.ping_result(self._ping(address, count))
        if result is None:
            raise GarbledError("its ping has no statistics", host=self.target.host, stage="check")
        return result

    def _ping(self, address: str, count: int, extra: str = "") -> str:
        if not _DESTINATION.fullmatch(address):
            raise ValueError("an address or name is needed")
        return self.session.ask(
            f"/ping {address} count={count:d}{extra}",
            stage="check",
            timeout=self.target.timeout + 2 * count,
        )

    # -- NAPALM: configuration

    @as_napalm()
    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> dict[str, str]:
        """``running`` is the export; the device has no other. ``sanitized``: without secrets."""
        if format != "text":
            raise NotImplementedError("RouterOS exports text only")
        found = {"running": "", "candidate": "", "startup": ""}
        if retrieve in ("all", "running"):
            form = "verbose" if full else ""
            found["running"] = (
                self._sanitized_export(form)
                if sanitized
                else facts.read_export(self.session, self._known("read").version, form=form)
            )
        return found

    def _sanitized_export(self, form: str) -> str:
        return self.session.ask(
            f"/export {form} hide-sensitive".replace("  ", " "),
            stage="read",
            timeout=max(facts.EXPORT_TIMEOUT, self.target.timeout),
            encoding="latin-1",
        )

    def load_merge_candidate(
        self, filename: str | None = None, config: str | list[str] | None = None
    ) -> None:
        """Commands to add to what runs: lines of an export."""
        text = loaded(filename, config, napalm.MergeConfigException)
        if self._candidate is not None and not self._candidate.whole:
            text = f"{self._candidate.text}\n{text}"
        self._candidate = Candidate(text, whole=False)

    def load_replace_candidate(
        self, filename: str | None = None, config: str | list[str] | None = None
    ) -> None:
        """A whole configuration: what is not in it goes."""
        text = loaded(filename, config, napalm.ReplaceConfigException)
        self._candidate = Candidate(text, whole=True)

    def _planned(self) -> tuple[str, Change] | None:
        """What runs (masked) and what the candidate would change; secrets are tokens."""
        if self._candidate is None:
            return None
        version = self._known("read").version
        export = facts.read_export(self.session, version)
        running = ROUTEROS.mask(export, self._vault.seal)
        try:
            return running, change(running, self._candidate, version, self._vault)
        except ConfigSyntaxError as error:
            whole = self._candidate.whole
            wrong = napalm.ReplaceConfigException if whole else napalm.MergeConfigException
            raise wrong(str(error)) from error

    @as_napalm()
    def compare_config(self) -> str:
        """The diff of the candidate; empty when it changes nothing."""
        planned = self._planned()
        return "" if planned is None or planned[1].empty else planned[1].diff

    @as_napalm()
    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Apply the candidate, guarded. Without ``revert_in`` it is confirmed at once, over a new
        connection; with, ``confirm_commit`` must follow within so many seconds.
        """  # noqa: D205
        if self.has_pending_commit():
            raise napalm.CommitConfirmException("a commit waits for its confirmation already")
        planned = self._planned()
        self._candidate = None if planned is None or planned[1].empty else self._candidate
        if planned is None or self._candidate is None:
            return
        self._commit(planned[1], revert_in or REVERT_IN)
        self._before, self._candidate = planned[0], None
        self._reconnect()
        if message:
            self.session.ask(f":log info {_log_text(message)}", stage="commit")
        if revert_in is None:
            self._confirm_pending()

    def _commit(self, planned: Change, revert_in: int) -> None:
        chosen = self.guard()
        if chosen.kind == "none":
            raise GuardError(
                f"no undo is possible: {chosen.reason}", host=self.target.host, stage="guard"
            )
        _commit(
            self.session,
            ROUTEROS.reveal(planned.script, self._vault.unseal),
            ROUTEROS.reveal(planned.inverse, self._vault.unseal),
            token=secrets.token_hex(8),
            revert_in=revert_in,
            guard=chosen,
            on_armed=lambda: None,
        )

    def _reconnect(self) -> None:
        """A new connection is the proof that the device is reachable with what runs now."""
        self.close()
        self.session.open()
        facts.check_identity(self._known("verify"), self.target)

    def _confirm_pending(self) -> None:
        waiting = pending.pending(self.session)
        if waiting is None:
            raise napalm.CommitConfirmException("no commit waits for its confirmation")
        run = f"napalm-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        guard.confirm(self.session, waiting.token, run=run, fingerprint="none")

    @as_napalm()
    def confirm_commit(self) -> None:
        """Keep the commit that waits, whoever made it."""
        self._reconnect()
        self._confirm_pending()

    @as_napalm()
    def has_pending_commit(self) -> bool:
        """Whether a commit waits for its confirmation, whoever made it."""
        return pending.pending(self.session) is not None

    def discard_config(self) -> None:
        """Forget the candidate."""
        self._candidate = None

    @as_napalm()
    def rollback(self) -> None:
        """Back to the state before the last commit of this object, or undo a pending one."""
        waiting = pending.pending(self.session)
        if waiting is not None:
            guard.revert(self.session, waiting.token)
            return
        if self._before is None:
            raise napalm.CommitError("this session has committed nothing")
        text = ROUTEROS.reveal(self._before, self._vault.unseal)
        self._candidate = Candidate(text, whole=True)
        self.commit_config("rollback")

    # -- NAPALM: getters

    def _rows(self, *prints: str) -> list[tuple[dict[str, str], ...]]:
        known = self._known("read")
        answers = self.session.rows(*prints, stage="read", json_rows=known.json_rows)
        return [rows or () for rows in answers]

    @as_napalm()
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

    @as_napalm()
    def get_interfaces(self) -> dict[str, dict[str, Any]]:
        """NAPALM's."""
        return getters.interfaces(self._rows("/interface print detail as-value")[0])

    @as_napalm()
    def get_interfaces_ip(self) -> dict[str, Any]:
        """NAPALM's; both families."""
        four, six = self._rows(
            "/ip address print detail as-value", "/ipv6 address print detail as-value"
        )
        return getters.interfaces_ip((*four, *six))

    @as_napalm()
    def get_arp_table(self, vrf: str = "") -> list[dict[str, Any]]:
        """NAPALM's; of the main table only."""
        if vrf:
            raise NotImplementedError("ARP by VRF")
        return getters.arp_table(self._rows("/ip arp print detail as-value")[0])

    @as_napalm()
    def get_mac_address_table(self) -> list[dict[str, Any]]:
        """NAPALM's: the hosts of all bridges."""
        return getters.mac_address_table(
            self._rows("/interface bridge host print detail as-value")[0]
        )

    @as_napalm()
    def get_lldp_neighbors(self) -> dict[str, list[dict[str, str]]]:
        """NAPALM's."""
        return getters.lldp_neighbors(self._rows("/ip neighbor print detail as-value")[0])

    @as_napalm()
    def get_users(self) -> dict[str, dict[str, Any]]:
        """NAPALM's, without passwords."""
        rows, keys = self._rows(
            "/user print detail as-value", "/user ssh-keys print detail as-value"
        )
        return getters.users(rows, keys)

    @as_napalm()
    def get_ntp_servers(self) -> dict[str, dict[str, Any]]:
        """NAPALM's."""
        client, servers = self._rows(
            "/system ntp client print as-value", "/system ntp client servers print as-value"
        )
        return getters.ntp_servers((*client, *servers))

    @as_napalm()
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
        """NAPALM's."""
        if vrf:
            raise NotImplementedError("ping by VRF")
        extra = f" size={size:d} ttl={ttl:d}"
        for name, value in (("src-address", source), ("interface", source_interface)):
            if value and _DESTINATION.fullmatch(value):
                extra += f" {name}={value}"
        return getters.ping(self._ping(destination, count, extra), size)

    @as_napalm()
    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str]:
        """NAPALM's: what each command prints."""
        if encoding != "text":
            raise NotImplementedError("RouterOS prints text only")
        return {command: self.session.ask(command, stage="cli") for command in commands}


#: Within the class ``guard`` is a method and an argument: this is the function.
_commit = guard.commit


def _log_text(message: str) -> str:
    return literal(f"sekayu: {message}"[:200])
