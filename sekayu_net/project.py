"""A project folder: find it, load it, and put together what commands need of it.

The only place that composes. It holds settings and paths; what is in the files is read by the
rooms that know it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekayu_net import personal, run_lock, system
from sekayu_net.errors import LabError, ProjectError, SecretError, UsageError
from sekayu_net.inventory import cache
from sekayu_net.inventory.district import with_versions
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal_database import Place, Unwritten
from sekayu_net.journal_server import Server
from sekayu_net.near import meant
from sekayu_net.platforms.base import Flow, Target
from sekayu_net.platforms.jump import through
from sekayu_net.project_folder import MARK, find_folder
from sekayu_net.secret_file import Plain, Wrapping
from sekayu_net.secret_keyring import Keyring
from sekayu_net.secrets import SecretStore, forgetting
from sekayu_net.sources import sources_of
from sekayu_net.yaml_lines import shown

if TYPE_CHECKING:
    from nornir.core import Nornir

    from sekayu_net.inventory.district import Device, District
    from sekayu_net.plan import Sources

from sekayu_net.settings import Settings, read_settings


@dataclass(frozen=True)
class Project:
    """One project. With ``lab`` everything that is kept, and every address, is the lab's own.

    With ``dry`` nothing is kept: the journal lets go of what is written to it, a new secret is in
    memory alone, nobody is kept out by the lock. Who changes files elsewhere asks for it.
    """

    root: Path
    settings: Settings
    lab: bool = False
    dry: bool = False

    @staticmethod
    def find(start: Path | None, environ: Mapping[str, str]) -> Path:
        """The project folder: ``start``, else ``SEKAYU_PROJECT``, else the nearest parent."""
        return find_folder(start, environ)

    @classmethod
    def load(cls, root: Path, *, lab: bool = False, dry: bool = False) -> Project:
        """Read the settings of the project at ``root``."""
        return cls(root, read_settings(root / MARK), lab, dry)

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

    @cached_property
    def journal_path(self) -> Path | Place:
        """Where the journal is: a file, or the server that ``[journal]`` names; the lab's own."""
        return Unwritten(self._journal) if self.dry else self._journal

    @cached_property
    def _journal(self) -> Path | Server:
        url, password = self.settings.journal.url, self.settings.journal.password
        if url is None or self.lab:
            return self.state / "journal.sqlite"
        return Server(url, lambda: self.secrets().get(password).value if password else None)

    @property
    def cluster_files(self) -> tuple[Path, Path, Path] | None:
        """Authority, certificate and key that ``[cluster]`` names; None without."""
        said = self.settings.cluster
        if not (said.ca_file and said.cert_file and said.key_file):
            return None
        return (
            self.root / said.ca_file.expanduser(),
            self.root / said.cert_file.expanduser(),
            self.root / said.key_file.expanduser(),
        )

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
        kept = self.state / "inventory.cache"
        found = load_district(self.inventory) if self.dry else cache.district(self.inventory, kept)
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
        return self._rehearsed_secrets if self.dry else self._secrets()

    @cached_property
    def _rehearsed_secrets(self) -> SecretStore:
        return self._secrets()  # one for the whole command: what is new is in it alone

    def _secrets(self) -> SecretStore:
        if self.lab:
            return SecretStore.open(self.state / "secrets.yaml", {}, written=not self.dry)
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
                written=not self.dry,
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
        found = Target(
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
            passphrase=os.environ.get("SEKAYU_KEY_PASSPHRASE"),
        )
        return found if self.lab or not ssh.jump else through(found, ssh.jump)

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
        """Hold the project for a writer, on every machine that shares its journal.

        ``LockError`` names who holds it. A dry run writes nothing and holds nobody up.
        """
        if self.dry:
            yield
            return
        with run_lock.locked(self.state / "lock", who):
            if isinstance(self._journal, Path):
                yield
                return
            with self._journal.held(run_lock.here(who)):
                yield
