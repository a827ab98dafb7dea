"""From a device to what it should say: Jinja2 templates, strict about everything undefined.

The templates of a platform lie in ``templates/<platform>/``; the entry is named after the device's
role. A secret is written as its token; no value ever reaches the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import jinja2

from sekayu_net.errors import RenderError, SecretError
from sekayu_net.inventory.district import Device, District
from sekayu_net.secrets import Secret, wireguard_public


class SecretSource(Protocol):
    """What rendering needs of a secret store."""

    def get(self, name: str) -> Secret:
        """The newest version of a secret."""

    def seal(self, value: str) -> str:
        """The token of a value."""


def _version(text: str) -> tuple[int, ...]:
    """``7.20.4`` → ``(7, 20, 4)``, so that templates can compare."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())


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
    environment.filters["version"] = _version
    environment.filters["quote"] = _quote
    return environment


def _quote(value: object) -> str:
    """A text between double quotes, its special characters escaped with a backslash."""
    text = str(value)
    for char in '\\"$':
        text = text.replace(char, "\\" + char)
    return f'"{text}"'


def render(district: District, device: Device, secrets: SecretSource, templates: Path) -> str:
    """The intended configuration of a device, secrets as tokens.

    ``RenderError`` names the template, its line and the host; a secret that is not there too.
    """
    return render_entry(f"{device.role}.j2", district, device, secrets, templates)


def render_bootstrap(
    district: District,
    device: Device,
    secrets: SecretSource,
    templates: Path,
    users: Mapping[str, Any],
) -> str:
    """The script that prepares a factory-new device, secrets as tokens.

    ``users`` maps an account to ``{"key": public key line}`` or ``{"password": value}``.
    """
    return render_entry("bootstrap.j2", district, device, secrets, templates, users=users)


def render_entry(
    entry: str,
    district: District,
    device: Device,
    secrets: SecretSource,
    templates: Path,
    **more: object,
) -> str:
    """Render one entry template of the device's platform. Errors as ``render``."""
    folder = templates / device.platform
    try:
        template = _environment(folder).get_template(entry)
        return template.render(
            device=device,
            office=district.office_of(device),
            district=district,
            services=district.services,
            version=_version(device.version),
            secret=_sealed(secrets),
            public_key=lambda name: wireguard_public(secrets.get(name).value),
            **more,
        )
    except SecretError as error:
        raise RenderError(error.message, host=device.name, hint=error.hint) from None
    except jinja2.TemplateNotFound as error:
        raise RenderError(
            f"no template {error.name}",
            host=device.name,
            file=folder,
            hint="every platform needs an entry template for each role",
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(
            error.message or "syntax error",
            host=device.name,
            file=error.filename,
            line=error.lineno,
            hint="mend the template, then: sekayu-net render",
        ) from None
    except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
        file, line = _place(error, folder)
        raise RenderError(
            str(error),
            host=device.name,
            file=file,
            line=line,
            hint="mend the template or the inventory, then: sekayu-net render",
        ) from error


def _sealed(secrets: SecretSource) -> Callable[[str], str]:
    return lambda name: secrets.seal(secrets.get(name).value)


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
