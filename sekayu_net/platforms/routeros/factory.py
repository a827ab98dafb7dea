"""A factory-new RouterOS device: the first login, who it is, the first script.

What lives here: the talk with a device that knows nobody yet. What the script says is the
templates' (``bootstrap.j2``); deployments use ``driver``.
"""

from __future__ import annotations

import re

from sekayu_net.errors import ApplyError, AuthenticationError, UnreachableError
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros.facts import Facts, read_facts
from sekayu_net.platforms.routeros.failure import parse_failure, shown_statement
from sekayu_net.platforms.routeros.session import RefusedError, Session

#: The script on the device. It holds passwords: every way out of here removes it.
FILE = "sekayu-bootstrap.rsc"
#: Seconds that an import may take on a small board.
IMPORT_TIMEOUT = 180.0
STAGE = "first boot"


class FactoryDevice:
    """One device at its factory address. ``target`` says as whom to log in."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = Session(target)

    def greet(self) -> None:
        """Log in on a terminal once, and answer what only the first login is asked.

        The licence question and the wish for a new password stand before the first prompt
        (reference of RouterOS behaviour, "Interruptions before the prompt"); Netmiko knows them.
        The factory account is shut by the script, so its password is left as it is.
        """
        from netmiko import ConnectHandler
        from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException
        from paramiko.ssh_exception import SSHException

        target = self._target
        try:
            with ConnectHandler(
                device_type="mikrotik_routeros",
                host=target.address,
                port=target.port,
                username=target.username,
                password=target.password or "",
                conn_timeout=target.timeout,
                auth_timeout=target.timeout,
                allow_agent=False,
                use_keys=False,
            ):
                pass
        except NetmikoAuthenticationException as error:
            raise AuthenticationError(
                f"it does not take {target.username} with this password",
                host=target.host,
                stage=STAGE,
                hint="the factory password is on the label: --ask-password; or hold its reset "
                "button while it starts",
            ) from error
        except (NetmikoBaseException, SSHException, OSError, ValueError) as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            raise UnreachableError(
                f"no login at {target.address} port {target.port}: {words[0]}",
                host=target.host,
                stage=STAGE,
                hint="is the cable in one of the ports that the script names, and this computer in "
                "its network?",
            ) from error

    def open(self) -> None:
        """Connect."""
        self._session.open()

    def close(self) -> None:
        """Let go of the connection. Never raises."""
        self._session.close()

    def facts(self) -> Facts:
        """Serial number, model, version."""
        return read_facts(self._session, stage=STAGE)

    def push(self, script: str) -> bool:
        """Upload and import the script, then remove it; whether the session lived to see the end.

        ``ApplyError`` with line and words when a statement failed; it may be pushed again.
        """
        self._session.put({FILE: script}, stage="upload")
        try:
            self._session.ask(f"/import file-name={FILE}", stage="import", timeout=IMPORT_TIMEOUT)
        except RefusedError as error:
            self.forget()
            raise _failed(error, script, self._target.host) from None
        except UnreachableError:
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Remove the script from the device."""
        self._session.ask(f'/file remove [find name~"{FILE}\\$"]', stage="clean")

    def finished(self) -> bool:
        """Whether the script came to its end: its last statement shuts the factory account."""
        left = self._session.ask(
            ':put [:len [/user find name="admin" disabled=no]]', stage="verify"
        )
        return left.strip() == "0"


def _failed(error: RefusedError, script: str, host: str) -> ApplyError:
    failure = parse_failure(error.output or error.message)
    statement = shown_statement(script, failure.line)
    where = f"line {failure.line}: " if failure.line else ""
    shown = re.sub(r"\s+", " ", statement or "")
    return ApplyError(
        f"{where}{failure.words}" + (f" ({shown[:120]})" if shown else ""),
        host=host,
        stage="import",
        hint="what was done before stays and does no harm: put it right and run bootstrap again",
    )
