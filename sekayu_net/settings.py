"""What ``sekayu.toml`` may say, and its reading. Where a project keeps what: ``project``."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sekayu_net.errors import ProjectError
from sekayu_net.journal_server import checked_url
from sekayu_net.model_keys import hint as keys_hint
from sekayu_net.retention import age_words
from sekayu_net.rollout.windows import window_words
from sekayu_net.sources import SIGNERS
from sekayu_net.yaml_lines import shown


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NameSettings(_Strict):
    """``[project]``."""

    name: str = "a kecamatan"


class SshSettings(_Strict):
    """``[ssh]``: how real devices are reached. ``timeout`` in seconds, ``jump`` as ``ssh -J``."""

    username: str = "sekayu"
    key_file: Path | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    timeout: Annotated[float, Field(gt=0)] = 15.0
    jump: str = ""


class RolloutSettings(_Strict):
    """``[rollout]``: seconds and counts."""

    workers: Annotated[int, Field(ge=1, le=1000)] = 20
    readers: Annotated[int, Field(ge=1, le=1000)] = 200
    confirm_within: Annotated[int, Field(ge=5, le=3600)] = 120
    plan_max_age: Annotated[int, Field(ge=60)] = 86400
    max_removals: Annotated[int, Field(ge=0)] = 100
    approvals: Annotated[int, Field(ge=0)] = 0
    allowed_signers: Path = Path("inventory") / SIGNERS
    canary_in_lab: bool = False
    windows: tuple[Annotated[str, AfterValidator(window_words)], ...] = ()


class SecretSettings(_Strict):
    """``[secrets]``: where values are kept. ``recipients`` and ``identity`` are ``age``'s."""

    store: Literal["file", "age"] = "file"
    recipients: tuple[str, ...] = ()
    identity: Path = Path("~/.config/sekayu-net/identity.txt")
    keyring: bool = False


class BackupSettings(_Strict):
    """``[backup]``: who can read encrypted copies (public keys of age or ssh)."""

    recipients: tuple[str, ...] = ()


class JournalSettings(_Strict):
    """``[journal]``: a PostgreSQL that technicians share; without, a file. ``password``: a name.

    ``keep_audits``: the age from which scheduled runs forget what audits found; None: never.
    """

    url: Annotated[str, AfterValidator(checked_url)] | None = None
    password: str | None = None
    keep_audits: Annotated[str, AfterValidator(age_words)] | None = None


class ClusterSettings(_Strict):
    """``[cluster]``: what proves to a Dask scheduler who we are: PEM files, all three or none."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        said = (self.ca_file, self.cert_file, self.key_file)
        if any(said) and not all(said):
            raise ValueError("ca_file, cert_file and key_file go together")
        return self


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
    journal: JournalSettings = JournalSettings()
    cluster: ClusterSettings = ClusterSettings()

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
