"""``secrets``: what the store has by name, new versions, and who can read it.

A value comes in from a terminal or a pipe, never from the command line (where every user of the
machine could read it), and goes out to a terminal only when it is asked for by name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.errors import SecretError, UsageError
from sekayu_net.languages import translated
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A secret: wifi/lurah-kayu-ara/office …")
]
#: What is rotated: what one office alone knows, and the key of its tunnel, which the hub must know.
WIFI, TUNNEL = "wifi/", "wireguard/"


def _needed(project: Project, devices: Iterable[Device] | None = None) -> tuple[str, ...]:
    """The names that templates ask for."""
    from sekayu_net.rendering import required_secrets

    return required_secrets(project.district(), project.templates, devices=devices)


@app.command(name="list", epilog="Example: sekayu-net secrets list")
def list_(ctx: typer.Context, json: who.Json = False) -> None:
    """Show names, versions and sources; no values. Names that templates miss stand there too."""
    project = ctx.obj.project()
    store = project.secrets()
    needed = set(_needed(project))
    rows = []
    for name in sorted({*store.names(), *needed}):
        source = store.source(name)
        rows.append(
            {
                "name": name,
                "versions": store.count(name),
                "source": source,
                "used": name in needed,
            }
        )
    if json:
        output.result_json({"secrets": rows})
        return
    output.table(
        ("secret", "versions", "from", "asked for by templates"),
        [
            (
                str(row["name"]),
                str(row["versions"]),
                str(row["source"] or "MISSING"),
                "yes" if row["used"] else "no",
            )
            for row in rows
        ],
        right=("versions",),
    )


def _value_from_person(name: str) -> str:
    """Typed twice unseen at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    value = getpass.getpass(translated(f"new value of {name}: "))
    if getpass.getpass(translated("the same again: ")) != value:
        raise UsageError("the two differ; nothing was stored", hint="type it again")
    return value


@app.command(name="set", epilog="Example: pwgen 20 1 | sekayu-net secrets set snmp/community")
def set_(
    ctx: typer.Context,
    name: NameArgument,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep it in the operating system's keyring.")
    ] = False,
) -> None:
    """Store a new version, typed at a terminal or read from standard input."""
    project = ctx.obj.project()
    store = project.secrets()
    if keyring:
        if project.lab or not project.settings.secrets.keyring:
            raise UsageError(
                "this project does not ask the keyring",
                hint="set keyring = true below [secrets] in sekayu.toml; a lab never does",
            )
        value = _value_from_person(name)
        dry.stop(project)
        project.keyring.set(name, value)
        output.progress(f"{name}: kept in the keyring")
        return
    _refuse_shadowed(store.source(name), name)
    secret = store.set(name, _value_from_person(name))
    output.progress(f"{name}: version {secret.version}")
    dry.stop(project)


@app.command(epilog="Example: sekayu-net secrets generate")
def generate(ctx: typer.Context) -> None:
    """Make random values for what templates ask for and nobody has; what is there stays.

    What others know already (the monitoring's SNMP names, say) is set first: secrets set NAME.
    """
    project = ctx.obj.project()
    store = project.secrets()
    missing = [name for name in _needed(project) if store.source(name) is None]
    store.generate(missing)
    for name in missing:
        output.verbatim(name)
    output.progress(f"made {counted(len(missing), 'secret')}" if missing else "none is missing")
    dry.stop(project, output.ExitCode.PENDING if missing else output.ExitCode.OK)


def _refuse_shadowed(source: str | None, name: str) -> None:
    """A new version in the file would change nothing while another source goes first."""
    if source in ("environment", "keyring"):
        raise SecretError(
            f"{name} comes from the {source}, which goes before the file",
            hint="change it there"
            + (": sekayu-net secrets set NAME --keyring" if source == "keyring" else ""),
        )


@app.command(epilog="Example: sekayu-net secrets show wifi/lurah-kayu-ara/office")
def show(ctx: typer.Context, name: NameArgument) -> None:
    """Show one value to a person, for an office that has to be told. At a terminal only."""
    project = ctx.obj.project()
    if not sys.stdout.isatty():
        raise UsageError(
            "a secret is shown at a terminal only",
            hint="run it without a pipe; a program may read the environment or the store itself",
        )
    output.verbatim(project.secrets().get(name).value)


@app.command(epilog="Example: sekayu-net secrets rotate --office lurah-kayu-ara --out wifi.plan")
def rotate(
    ctx: typer.Context,
    office: Annotated[str, typer.Option("--office", metavar="NAME|CODE", help="Whose secrets.")],
    tunnel: Annotated[
        bool,
        typer.Option("--tunnel", help="The key of its WireGuard tunnel, not Wi-Fi passphrases."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan there.")
    ] = None,
    json: who.Json = False,
) -> None:
    """Make new Wi-Fi passphrases for an office, or a key for its tunnel, and the plan for them.

    Nothing is written to a device: deploy the plan, or take the secret back with secrets restore.
    The plan of a tunnel's key changes both of its ends, or neither. Ends as plan does.
    """
    from sekayu_net.cli.plan import exit_code
    from sekayu_net.cli.scope import Scope, plan_scope
    from sekayu_net.cli.site import site_of
    from sekayu_net.inventory.selection import Selection, select
    from sekayu_net.journal import Journal
    from sekayu_net.plan import PlannedWave, save
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.playbook import WHOLE

    project = ctx.obj.project()
    district = project.district()
    own = select(district, Selection(office=(office,)))
    # Of a tunnel the other end must change too.
    around = district.devices.values() if tunnel else own
    asked = {device.name: set(_needed(project, [device])) for device in around}
    names = sorted(
        {
            name
            for device in own
            for name in asked[device.name]
            if (name == f"{TUNNEL}{device.name}" if tunnel else name.startswith(WIFI))
        }
    )
    if not names:
        what = "the key of a tunnel" if tunnel else "a Wi-Fi passphrase"
        raise UsageError(
            f"no template asks for {what} of {office}",
            hint="sekayu-net secrets list shows what they ask for",
        )
    store = project.secrets()
    for name in names:
        _refuse_shadowed(store.source(name), name)
    for name in names:
        output.progress(f"{name}: version {store.rotate(name).version}")
    hosts = tuple(host for host, each in asked.items() if each & set(names))
    site = site_of(project)
    output.progress(f"reading {counted(len(hosts), 'device')} …")
    made = plan_scope(project, site, Scope((PlannedWave(WHOLE, hosts),)))
    with Journal.open(project.journal_path) as journal:
        run = journal.begin(
            "plan",
            operator=site.operator,
            plan_id=made.plan_id,
            selection=f"secrets rotate --office {office}{' --tunnel' if tunnel else ''}",
        )
        changing = made.with_status("change")
        journal.enter_all(run, {each.host: made.wave_of(each.host) for each in changing})
        journal.end(run, "planned")
    if out is not None and not project.dry:
        save(made, out)
        output.progress(f"saved: {out} (sekayu-net deploy --plan {out})")
    if json:
        output.result_json({"secrets": names, **made.summary()})
    else:
        print_plan(made, output.console())
    dry.stop(project, exit_code(made))
    raise typer.Exit(exit_code(made))


@app.command(epilog="Example: sekayu-net secrets restore wifi/lurah-kayu-ara/office --version 1")
def restore(
    ctx: typer.Context,
    name: NameArgument,
    version: Annotated[int, typer.Option("--version", metavar="N", help="Which version, from 1.")],
) -> None:
    """Make an old version the newest again; plan and deploy bring it to the devices."""
    project = ctx.obj.project()
    store = project.secrets()
    _refuse_shadowed(store.source(name), name)
    secret = store.set(name, store.version(name, version).value)
    output.progress(f"{name}: version {secret.version}, as version {version} was")
    dry.stop(project)


@app.command(epilog="Example: sekayu-net secrets identity")
def identity(ctx: typer.Context) -> None:
    """Print the public key of your age identity, made when there is none: a recipient."""
    import os

    from sekayu_net.secret_age import VARIABLE, identity_text, make_identity, public_keys
    from sekayu_net.secret_keyring import IDENTITY

    project = ctx.obj.project()
    file = project.identity_file
    kept = project.keyring.get(IDENTITY) if project.settings.secrets.keyring else None
    if not file.exists() and not os.environ.get(VARIABLE) and kept is None:
        if project.dry:
            output.result(f"would make {file}")
        dry.stop(project)
        output.verbatim(make_identity(file))
        output.progress(f"made {file}: keep a copy where you keep what must not be lost")
        return
    keys = public_keys(identity_text(os.environ, file, lambda: kept))
    if not keys:
        raise UsageError("this is an SSH key: its public half is in the .pub file beside it")
    for key in keys:
        output.verbatim(key)


@app.command(epilog="Example: sekayu-net secrets encrypt")
def encrypt(ctx: typer.Context) -> None:
    """Encrypt the secret file for the recipients in sekayu.toml; again after they changed.

    The plain file goes when its content could be read back from the encrypted one.
    """
    from sekayu_net.secret_file import Plain, locked, read, write

    project = ctx.obj.project()
    chosen = project.settings.secrets
    if project.lab or chosen.store != "age":
        raise UsageError(
            "this project keeps its secrets in a plain file",
            hint='set store = "age" below [secrets] in sekayu.toml; a lab always does',
        )
    target, wrapping = project.secret_file, project.secret_wrapping()
    plain = target.with_suffix("")
    if plain.exists() and target.exists():
        raise SecretError(
            f"both {plain} and {target} are there",
            hint="look which one is right (age -d -i IDENTITY FILE) and put the other away",
        )
    source = plain if plain.exists() else target
    if project.dry:
        output.result(f"would write {target} for {counted(len(chosen.recipients), 'recipient')}")
        if source == plain and plain.exists():
            output.result(f"and remove {plain}")
    dry.stop(project)
    if not source.exists():
        project.secrets()  # a new one, encrypted from the beginning
        output.progress(f"made {target} for {counted(len(chosen.recipients), 'recipient')}")
        return
    with locked(target):
        content = read(source, Plain() if source == plain else wrapping)
        write(target, content, wrapping)
        if read(target, wrapping) != content:
            raise SecretError(f"{target}: it does not hold what was written", hint="try again")
        if source == plain:
            plain.unlink()
    output.progress(f"{target}: for {counted(len(chosen.recipients), 'recipient')}")
