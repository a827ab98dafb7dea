"""From a device to what it should say: Jinja2 templates, strict about everything undefined.

The templates of a platform lie in ``templates/<platform>/``; the entry is named after the device's
role (``router.j2``, ``access_point.j2``), and ``bootstrap.j2`` is the script for first boot. A
secret is written as its token; no value ever reaches the text. How a platform quotes a text is its
own business: the filter ``quote`` is the one of its ``syntax`` module.

What templates see: ``device``, ``office``, ``district``, ``services``, ``settings`` (the
inventory's), ``version`` (a tuple of numbers), ``secret(name)`` (a token), ``public_key(name)``
(of a WireGuard key in the store) and ``fail(words)``, which ends the rendering.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

import jinja2

from sekayu_net.errors import RenderError, SecretError
from sekayu_net.inventory.district import Device, District
from sekayu_net.secrets import Secret, wireguard_public

_TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")
# What a template can do wrong besides Jinja2's own errors: it runs attribute look-ups, arithmetic
# and calls on the inventory's values.
_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class SecretSource(Protocol):
    """What rendering needs of a secret store."""

    def get(self, name: str) -> Secret:
        """The newest version of a secret."""

    def seal(self, value: str) -> str:
        """The token of a value."""


@dataclass(frozen=True, slots=True)
class BootstrapUsers:
    """The accounts that first boot makes.

    ``tool`` is this program's own: it logs in with ``public_key`` (an OpenSSH line) only, its
    password is a random one that nobody needs. ``rescue`` works on the rescue port alone; ``local``
    are further administrators on site. Passwords are the secrets ``user/<account>``.
    """

    public_key: str
    tool: str = "sekayu"
    rescue: str = "rescue"
    local: tuple[str, ...] = ()


def render(district: District, device: Device, secrets: SecretSource, templates: Path) -> str:
    """The intended configuration of a device, secrets as tokens.

    ``RenderError`` names the host, the template and its line; also for a secret that is missing.
    """
    return _render(f"{device.role}.j2", district, device, secrets, templates)


def render_bootstrap(
    district: District,
    device: Device,
    secrets: SecretSource,
    templates: Path,
    users: BootstrapUsers,
) -> str:
    """The script that takes a factory-new device to its first SSH login, secrets as tokens.

    It can be run again after any interruption. Errors as ``render``.
    """
    return _render("bootstrap.j2", district, device, secrets, templates, users=users)


def required_secrets(
    district: District,
    templates: Path,
    *,
    users: BootstrapUsers | None = None,
    devices: Iterable[Device] | None = None,
) -> tuple[str, ...]:
    """The names of all secrets that the templates ask for, sorted.

    With ``users`` also those of first boot. Found by rendering: no list to keep in step.
    """
    source = _Recorder()
    for device in district.devices.values() if devices is None else devices:
        render(district, device, source, templates)
        if users is not None:
            render_bootstrap(district, device, source, templates, users)
    return tuple(sorted(source.names))


def bootstrap_secrets(
    district: District, device: Device, templates: Path, users: BootstrapUsers
) -> tuple[str, ...]:
    """The names of the secrets that a device's first boot asks for, sorted."""
    source = _Recorder()
    render_bootstrap(district, device, source, templates, users)
    return tuple(sorted(source.names))


def with_labels(text: str, label: Callable[[str], str | None]) -> str:
    """The text for a person: tokens as ``<secret:name@version>`` where ``label`` knows the name."""
    return _TOKEN.sub(lambda match: f"<secret:{label(match[1]) or match[1]}>", text)


@dataclass(slots=True)
class _Recorder:
    """A secret source that has everything and remembers what it was asked for."""

    names: set[str] = field(default_factory=set)

    def get(self, name: str) -> Secret:
        self.names.add(name)
        return Secret(name, 1, base64.b64encode(bytes(32)).decode())

    def seal(self, value: str) -> str:  # noqa: ARG002 - the protocol's signature
        return f"<secret:{0:016x}>"


@lru_cache(maxsize=8)
def _environment(folder: Path) -> jinja2.Environment:
    """One environment a folder: compiling templates anew costs five times the rendering."""
    environment = jinja2.Environment(  # noqa: S701 - device configuration is not HTML
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do"],
    )
    environment.globals["fail"] = _fail
    environment.filters["quote"] = _quoting(folder.name)
    return environment


def _quoting(platform: str) -> Callable[[object], str]:
    """The platform's way to write a text as one literal."""
    quote: Callable[[str], str] = import_module(f"sekayu_net.platforms.{platform}.syntax").quote
    return lambda value: quote(str(value))


def _fail(words: str) -> NoReturn:
    raise ValueError(words)


def _version(text: str) -> tuple[int, ...]:
    """``7.20.4`` → ``(7, 20, 4)``, so that templates can compare; ``7.20beta2`` → ``(7, 20)``."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    if match is None:
        raise ValueError(f"{text!r} is no version")
    return tuple(int(part) for part in match[0].split("."))


def _render(
    entry: str,
    district: District,
    device: Device,
    secrets: SecretSource,
    templates: Path,
    **more: object,
) -> str:
    folder = templates / device.platform
    hint = "mend the template or the inventory, then: sekayu-net render"
    try:
        template = _environment(folder).get_template(entry)
        return template.render(
            device=device,
            office=district.office_of(device),
            district=district,
            services=district.services,
            settings=dict(district.settings),
            version=_version(device.version),
            **_secret_functions(secrets),
            **more,
        )
    except SecretError as error:
        file, line = _place(error, folder)
        raise RenderError(
            error.message, host=device.name, file=file, line=line, hint=error.hint
        ) from None
    except jinja2.TemplateNotFound as error:
        raise RenderError(
            f"no template {error.name}",
            host=device.name,
            file=folder,
            hint="every platform needs an entry template for each role, and what it includes",
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(
            error.message or "syntax error",
            host=device.name,
            file=error.filename,
            line=error.lineno,
            hint=hint,
        ) from None
    except ModuleNotFoundError:
        raise RenderError(
            f"no platform is called {device.platform!r}", host=device.name, hint=hint
        ) from None
    except _FAULTS as error:
        file, line = _place(error, folder)
        raise RenderError(
            str(error) or type(error).__name__, host=device.name, file=file, line=line, hint=hint
        ) from error


def _secret_functions(secrets: SecretSource) -> Mapping[str, Callable[[str], str]]:
    return {
        "secret": lambda name: secrets.seal(secrets.get(name).value),
        "public_key": lambda name: wireguard_public(secrets.get(name).value),
    }


def _place(error: BaseException, folder: Path) -> tuple[Path | None, int | None]:
    """The innermost template line in a traceback: Jinja2 rewrites frames to template lines."""
    file, line = None, None
    trace = error.__traceback__
    while trace is not None:
        name = Path(trace.tb_frame.f_code.co_filename)
        if name.is_relative_to(folder):
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    return file, line
