"""A project folder: find it, load it, and put together what commands need of it.

The only place that composes. It holds settings and paths; what is in the files is read by the
rooms that know it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sekayu_net import personal, system
from sekayu_net.errors import LabError, LockError, ProjectError, SecretError, UsageError
from sekayu_net.inventory import cache
from sekayu_net.inventory.district import with_versions
from sekayu_net.model_keys import hint as keys_hint
from sekayu_net.near import meant
from sekayu_net.platforms.base import Flow, Target
from sekayu_net.project_folder import MARK, find_folder
from sekayu_net.secret_file import Plain, Wrapping
from sekayu_net.secret_keyring import Keyring
from sekayu_net.secrets import SecretStore, forgetting
from sekayu_net.sources import SIGNERS, sources_of
from sekayu_net.yaml_lines import shown

if TYPE_CHECKING:
    from nornir.core import Nornir

    from sekayu_net.inventory.district import Device, District
    from sekayu_net.plan import Sources


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NameSettings(_Strict):
    """``[project]``."""

    name: str = "a kecamatan"


class SshSettings(_Strict):
    """``[ssh]``: how real devices are reached. ``timeout`` in seconds."""

    username: str = "sekayu"
    key_file: Path | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    timeout: Annotated[float, Field(gt=0)] = 15.0


class RolloutSettings(_Strict):
    """``[rollout]``: seconds and counts."""

    workers: Annotated[int, Field(ge=1, le=1000)] = 20
    confirm_within: Annotated[int, Field(ge=5, le=3600)] = 120
    plan_max_age: Annotated[int, Field(ge=60)] = 86400
    max_removals: Annotated[int, Field(ge=0)] = 100
    approvals: Annotated[int, Field(ge=0)] = 0
    allowed_signers: Path = Path("inventory") / SIGNERS
    canary_in_lab: bool = False


class SecretSettings(_Strict):
    """``[secrets]``: where values are kept. ``recipients`` and ``identity`` are ``age``'s."""

    store: Literal["file", "age"] = "file"
    recipients: tuple[str, ...] = ()
    identity: Path = Path("~/.config/sekayu-net/identity.txt")
    keyring: bool = False


class BackupSettings(_Strict):
    """``[backup]``: who can read encrypted copies (public keys of age or ssh)."""

    recipients: tuple[str, ...] = ()


class NotifySettings(_Strict):
    """``[notify]``: who is told what audits find. ``urls`` are *names* of secrets: an Apprise URL
    holds a password. ``unreachable_after`` and ``keep_for`` in seconds, ``severity`` the least.
    """  # noqa: D205

    urls: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")], ...] = ()
    language: Literal["id", "en"] = "id"
    severity: Literal["info", "minor", "major", "critical"] = "minor"
    pending: bool = False
    unreachable_after: Annotated[int, Field(ge=0)] = 21600
    max_lines: Annotated[int, Field(ge=1, le=200)] = 20
    keep_for: Annotated[int, Field(ge=0)] = 604800


class Settings(_Strict):
    """The whole of ``sekayu.toml``."""

    project: NameSettings = NameSettings()
    ssh: SshSettings = SshSettings()
    rollout: RolloutSettings = RolloutSettings()
    secrets: SecretSettings = SecretSettings()
    backup: BackupSettings = BackupSettings()
    notify: NotifySettings = NotifySettings()

    @property
    def max_removals(self) -> int:
        """Items that a plan may remove from a device without being allowed to."""
        return self.rollout.max_removals

    @property
    def confirm_within(self) -> int:
        """Seconds until an unconfirmed change is undone."""
        return self.rollout.confirm_within

    @property
    def workers(self) -> int:
        """Devices at the same time."""
        return self.rollout.workers

    @property
    def approvals(self) -> int:
        """Signatures that a plan needs."""
        return self.rollout.approvals

    @property
    def plan_max_age(self) -> timedelta:
        """How long a saved plan may be used."""
        return timedelta(seconds=self.rollout.plan_max_age)


def read_settings(file: Path) -> Settings:
    """Read ``sekayu.toml``. ``ProjectError`` names the file, and the line of each fault."""
    try:
        text = file.read_text(encoding="utf-8")
        return Settings.model_validate(tomllib.loads(text))
    except OSError as error:
        raise ProjectError(
            f"{shown(file)}: can't be read: {error.strerror}", hint="check who may read it"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"{shown(file)}: {error}", hint="TOML: key = value, texts in quotes"
        ) from None
    except ValidationError as error:
        faults = [
            f"{shown(file)}:{_line(text, [str(part) for part in found['loc']])}: "
            f"{'.'.join(map(str, found['loc']))}: "
            + ("no such key" if found["type"] == "extra_forbidden" else found["msg"])
            for found in error.errors(include_url=False)
        ]
        unknown = [f for f in error.errors(include_url=False) if f["type"] == "extra_forbidden"]
        hints = [h for f in unknown if (h := keys_hint(Settings, f["loc"]))]
        raise ProjectError(
            "\n".join(faults),
            hint="; ".join(hints)
            or "`sekayu-net init` makes a project whose sekayu.toml explains every key",
        ) from None


def _line(text: str, keys: list[str]) -> int:
    """The line of ``[table]`` or, below it, of ``key =``; 1 when it is written another way."""
    found, table = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words.startswith("["):
            table = words.strip("[] ").split("]")[0].strip()
            found = number if table == keys[0] and found == 1 else found
        elif table in (".".join(keys[:-1]), "") and words.split("=")[0].strip() == keys[-1]:
            return number
    return found


@dataclass(frozen=True)
class Project:
    """One project. With ``lab`` everything that is kept, and every address, is the lab's own."""

    root: Path
    settings: Settings
    lab: bool = False

    @staticmethod
    def find(start: Path | None, environ: Mapping[str, str]) -> Path:
        """The project folder: ``start``, else ``SEKAYU_PROJECT``, else the nearest parent."""
        return find_folder(start, environ)

    @classmethod
    def load(cls, root: Path, *, lab: bool = False) -> Project:
        """Read the settings of the project at ``root``."""
        return cls(root, read_settings(root / MARK), lab)

    @property
    def state(self) -> Path:
        """Where everything is kept that is not written by people."""
        return self.root / ".sekayu" / "lab" if self.lab else self.root / ".sekayu"

    @property
    def templates(self) -> Path:
        """The template folders, one a platform."""
        return self.root / "templates"

    @property
    def playbooks(self) -> Path:
        """The playbooks."""
        return self.root / "playbooks"

    @property
    def inventory(self) -> Path:
        """The inventory's files."""
        return self.root / "inventory"

    @property
    def known_hosts(self) -> Path:
        """The pinned host keys."""
        return self.state / "known_hosts"

    @property
    def journal_path(self) -> Path:
        """The journal's database."""
        return self.state / "journal.sqlite"

    @property
    def archive_path(self) -> Path:
        """The archive's git repository."""
        return self.state / "archive"

    @property
    def backups(self) -> Path:
        """The encrypted copies, a folder for each device."""
        return self.state / "backups"

    @property
    def plans(self) -> Path:
        """Where plans without a name are saved."""
        return self.state / "plans"

    @property
    def signers(self) -> Path:
        """The allowed-signers file: who may approve plans."""
        return self.root / self.settings.rollout.allowed_signers.expanduser()

    def sources(self) -> Sources:
        """What inventory and templates say now, as hashes."""
        return sources_of(self.inventory, self.templates)

    def revision(self) -> str | None:
        """The git revision of the project, ``-dirty`` behind it when edited; None outside git."""
        try:
            done = subprocess.run(
                ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"],
                cwd=self.root,
                capture_output=True,
                text=True,
                check=False,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None  # no git here, or one that hangs on a network share
        return done.stdout.strip() or None if done.returncode == 0 else None

    def district(self) -> District:
        """The inventory, read once."""
        return self._district

    @cached_property
    def _district(self) -> District:
        found = cache.district(self.inventory, self.state / "inventory.cache")
        if self.lab and self._lab_versions.exists():
            found = with_versions(found, json.loads(self._lab_versions.read_text()))
        return found

    @property
    def _lab_versions(self) -> Path:
        return self.state / "versions.json"

    def keep_version(self, device: Device, version: str) -> None:
        """A device runs another version now: into the inventory; the lab's beside it, for a while.

        The caller holds the project's lock, and sees it in ``district`` of a project loaded anew.
        """
        from sekayu_net.inventory.editing import set_device

        if not self.lab:
            set_device(self.inventory, device.name, version=version)
            return
        file = self._lab_versions
        kept = json.loads(file.read_text()) if file.exists() else {}
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps({**kept, device.name: version}), encoding="utf-8")
        fresh.replace(file)

    def secrets(self) -> SecretStore:
        """The secret store, the lab's own with ``lab``: a plain file without other sources."""
        if self.lab:
            return SecretStore.open(self.state / "secrets.yaml", {})
        chosen = self.settings.secrets
        plain = self.state / "secrets.yaml"
        if chosen.store == "age" and plain.exists():
            raise SecretError(
                f"{shown(plain)}: the secrets still lie here unencrypted",
                hint="sekayu-net secrets encrypt",
            )
        with forgetting():
            return SecretStore.open(
                self.secret_file,
                os.environ,
                self.secret_wrapping(),
                self.keyring.get if chosen.keyring else lambda _: None,
            )

    @property
    def secret_file(self) -> Path:
        """The file that real secrets are kept in."""
        ending = ".age" if self.settings.secrets.store == "age" else ""
        return self.state / f"secrets.yaml{ending}"

    @property
    def keyring(self) -> Keyring:
        """The project's entries in the operating system's keyring."""
        return Keyring(self.settings.project.name)

    @property
    def identity_file(self) -> Path:
        """Where the age identity is looked for."""
        return self.root / self.settings.secrets.identity.expanduser()

    def secret_wrapping(self) -> Wrapping:
        """What is around the text of the secret file."""
        chosen = self.settings.secrets
        if chosen.store == "file":
            return Plain()
        from sekayu_net.secret_age import Age, identity_text
        from sekayu_net.secret_keyring import IDENTITY

        def identity() -> str:
            kept = (lambda: self.keyring.get(IDENTITY)) if chosen.keyring else (lambda: None)
            return identity_text(os.environ, self.identity_file, kept)

        return Age(chosen.recipients, identity)

    @cached_property
    def _lab_state(self) -> dict[str, Any]:
        file = self.state / "lab.json"
        try:
            found: dict[str, Any] = json.loads(file.read_text())
            running = system.alive(int(found["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            running = False
        if not running:
            raise LabError("the lab is not running", hint="start it: sekayu-net lab up")
        return found

    def target(self, device: Device) -> Target:
        """How to reach a device, and who it must turn out to be."""
        ssh = self.settings.ssh
        address, port, username, key = str(device.address), ssh.port, ssh.username, self.key_file
        if self.lab:
            lab = self._lab_state
            if device.name not in lab["devices"]:
                raise LabError(
                    f"the running lab has no {device.name}",
                    hint="the inventory changed since: sekayu-net lab down, then lab up",
                )
            entry = lab["devices"][device.name]
            address, port, username = entry["address"], int(entry["port"]), lab["username"]
            key = Path(lab["key_file"])
        return Target(
            host=device.name,
            address=address,
            port=port,
            username=username,
            known_hosts=self.known_hosts,
            key_file=self.root / key if key else None,
            serial=device.serial,
            model=device.model.name,
            version=device.version,
            timeout=ssh.timeout,
            legacy_algorithms=device.legacy_algorithms,
        )

    @property
    def key_file(self) -> Path | None:
        """The private key that the tool logs in with; None leaves it to the agent."""
        if self.lab:
            return self.state / "id_ed25519"
        named = personal.ssh_key(os.environ, self.settings.ssh.key_file)
        return self.root / named if named else None

    def public_key(self) -> str:
        """The tool's public key, as a line for a device. ``ProjectError`` when there is none.

        The project's, where it names one: who logs in with a key of his own locks nobody else out.
        """
        named = None if self.lab else self.settings.ssh.key_file
        key = self.root / named.expanduser() if named else self.key_file
        if key is None:
            raise ProjectError(
                "sekayu.toml names no key that the device could be told",
                hint="make one: ssh-keygen -t ed25519 -f ~/.ssh/sekayu_ed25519, then [ssh] "
                'key_file = "~/.ssh/sekayu_ed25519"',
            )
        file = key.with_name(key.name + ".pub")
        try:
            words = file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(
                f"{file}: the public key can't be read",
                hint=f"write it: ssh-keygen -y -f {key} > {file}",
            ) from error
        if len(words) < 2 or not words[0].startswith(("ssh-", "ecdsa-")):
            raise ProjectError(f"{file}: this is no OpenSSH public key", hint="write it anew")
        return " ".join(words[:2])

    def login(self, device: Device) -> str:
        """The account that deployments use on a device."""
        return self.target(device).username

    def flows(self, device: Device) -> tuple[Flow, ...]:
        """The management traffic of a device: from each network of the controller."""
        networks = self.district().services.controller_networks
        return tuple(Flow(str(network), str(device.address)) for network in networks)

    def nornir(self, hosts: Sequence[str]) -> Nornir:
        """Nornir over these hosts, composed here: nothing is scanned for plugins."""
        from sekayu_net.inventory.nornir_plugin import nornir_of

        return nornir_of(self.district(), hosts, workers=self.settings.rollout.workers)

    def load_task(self, name: str) -> Callable[..., Any]:
        """The function of ``tasks/NAME.py`` that has the file's name."""
        folder = self.root / "tasks"
        there = sorted(path.stem for path in folder.glob("*.py") if path.stem.isidentifier())
        if name not in there:
            raise UsageError(f"no task is called {name!r}", hint=meant(name, there))
        file = folder / f"{name}.py"
        # By its file and not by its name: a package `tasks` from elsewhere can't take its place.
        spec = importlib.util.spec_from_file_location(f"tasks.{name}", file)
        if spec is None or spec.loader is None:
            raise ProjectError(f"{shown(file)}: can't be loaded", hint="is it Python?")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        try:
            spec.loader.exec_module(module)
            task = getattr(module, name)
        except Exception as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) else ""
            raise ProjectError(
                f"{shown(file)}{line}: {type(error).__name__}: {error}",
                hint=f"a task is a function with the file's name: def {name}(task)",
            ) from error
        found: Callable[..., Any] = task
        return found

    @contextmanager
    def lock(self, who: str = "") -> Iterator[None]:
        """Hold the project for a writer. ``LockError`` names who holds it.

        The kernel frees it when its holder ends, however that comes: no lock is ever stale.
        """
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.state / "lock").open("a+") as file:
            if not system.try_lock(file):
                file.seek(0)
                raise LockError(
                    f"another run holds this project ({file.read().strip() or 'unknown'})",
                    hint="wait for its end, or end it there with Ctrl-C: sekayu-net runs",
                )
            file.truncate(0)
            began = datetime.now(UTC).isoformat(timespec="seconds")
            holder = f"{who} on {socket.gethostname()}" if who else socket.gethostname()
            file.write(f"{holder}, process {os.getpid()}, since {began}")
            file.flush()
            yield
