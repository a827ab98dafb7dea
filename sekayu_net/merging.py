"""Two offices become one: one closes, and what is still of use there goes to the other.

Its access points go along under the other office's names unless they are retired; its routers are
retired, for they are what the office was. The closed office's addresses stay in the lock until
nobody says them (``inventory allocate --release``), and all that is kept under its devices' names
stays readable there. State first, the inventory last: broken off, it is run again.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekayu_net import known_hosts
from sekayu_net.archive import Archive
from sekayu_net.errors import InventoryError, ProjectError, UsageError
from sekayu_net.inventory.editing import FILE, merge_office, rehearsal
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.selection import office_called
from sekayu_net.journal import Journal
from sekayu_net.near import meant
from sekayu_net.renaming import rename_in_lab, rename_secrets

if TYPE_CHECKING:
    from sekayu_net.inventory.district import District, Office
    from sekayu_net.project import Project

KIND = "merge"


@dataclass(frozen=True, slots=True)
class Merger:
    """What merging an office into another brings about.

    ``code`` and ``slug`` are the closed office's, ``into_code`` and ``into`` the other's.
    ``moved``: host names, old → new; ``numbers``: the new number, by old name; ``ports``: where on
    ``router`` each hangs then, by new name. ``around``: the routers that the closed office hung on.
    ``diff``: of ``offices.yaml``.
    """

    code: str
    slug: str
    into_code: str
    into: str
    moved: Mapping[str, str]
    numbers: Mapping[str, int]
    retired: tuple[str, ...]
    router: str
    ports: Mapping[str, str]
    around: tuple[str, ...]
    diff: str


def merger_of(project: Project, office: str, into: str, retired: Collection[str] = ()) -> Merger:
    """What it would be. Changes nothing.

    ``UsageError`` for names that are none and offices that can't be closed, ``ProjectError`` when
    the inventory would not hold with it.
    """
    before = project.district()
    gone, stays = office_called(before, office), office_called(before, into)
    _closable(before, gone, stays)
    strangers = sorted(set(retired) - {d.name for d in gone.devices})
    if strangers:
        raise UsageError(
            f"{strangers[0]} does not stand in {gone.slug}",
            hint=meant(strangers[0], [d.name for d in gone.access_points]),
        )
    going = [d for d in gone.access_points if d.name not in retired]
    first = max((d.number for d in stays.access_points), default=0) + 1
    numbers = {d.name: number for number, d in enumerate(going, first)}
    old = (project.inventory / FILE).read_text(encoding="utf-8")
    with rehearsal(project.inventory) as folder:
        merge_office(folder, gone.code, stays.code, numbers)
        new = (folder / FILE).read_text(encoding="utf-8")
        try:
            after = load_district(folder)
        except InventoryError as error:
            faults = "; ".join(each.message for each in error.findings[:3])
            raise ProjectError(
                f"{gone.slug} can't become a part of {stays.slug} like that: {faults}",
                hint=" or: ".join(
                    [
                        *dict.fromkeys(each.hint for each in error.findings if each.hint),
                        *(f"--retire {host}" for host in numbers),
                    ]
                ),
            ) from None
    names = {device.number: device.name for device in after.offices[stays.slug].access_points}
    moved = {host: names[number] for host, number in numbers.items()}
    router = after.offices[stays.slug].router
    hangs = {name: port for port, name in router.attached.items()}
    near = [link.upstream for link in (gone.link,) if link]
    near += [link.second for link in (gone.link,) if link and link.second]
    near += [tunnel.hub for tunnel in (gone.tunnel,) if tunnel]
    told = difflib.unified_diff(
        old.splitlines(),
        new.splitlines(),
        f"a/inventory/{FILE}",
        f"b/inventory/{FILE}",
        "",
        "",
        1,
        "",
    )
    return Merger(
        code=gone.code,
        slug=gone.slug,
        into_code=stays.code,
        into=stays.slug,
        moved=moved,
        numbers=numbers,
        retired=tuple(d.name for d in gone.devices if d.name not in moved),
        router=router.name,
        ports={name: hangs[name] for name in moved.values()},
        around=tuple(dict.fromkeys(near)),
        diff="\n".join(told),
    )


def _closable(district: District, gone: Office, stays: Office) -> None:
    if gone is stays:
        raise UsageError(f"{gone.slug} is both: nothing to do", hint="name two offices")
    if gone is district.hub_office:
        raise UsageError(
            f"{gone.slug} has the hub, which every office hangs on", hint="merge the other into it"
        )
    behind = [o.slug for o in district.offices.values() if o.upstream == gone.slug]
    if behind:
        raise UsageError(
            f"{', '.join(behind)} would hang on nothing: the uplink ends at {gone.slug}",
            hint="give it another uplink in inventory/offices.yaml first, and deploy that",
        )


def carry_over(project: Project, merger: Merger, operator: str) -> tuple[str, ...]:
    """Keep what goes along under the new names; secrets that only a person can rename.

    The old names keep their history.
    The caller holds the project's lock.
    """
    if project.journal_path.exists():
        with Journal.open(project.journal_path) as journal:
            _record(journal, merger, operator)
    for old, new in merger.moved.items():
        known_hosts.rename(project.known_hosts, old, new)
    Archive(project.archive_path).rename(
        merger.moved, f"{merger.slug} is a part of {merger.into} now", keep=True
    )
    if project.lab:
        rename_in_lab(project.state / "lab.json", merger.moved)
    return rename_secrets(project, merger.moved)


def check_ended(project: Project, merger: Merger) -> None:
    """``UsageError`` while a run with a device of the closed office is open."""
    if not project.journal_path.exists():
        return
    with Journal.open(project.journal_path) as journal:
        for run in journal.unfinished():
            if {each.host for each in journal.hosts(run.id)} & {*merger.moved, *merger.retired}:
                raise UsageError(
                    f"run {run.id} never ended and has devices of {merger.slug}",
                    hint=f"sekayu-net resume {run.id}",
                )


def _record(journal: Journal, merger: Merger, operator: str) -> None:
    """A run of its own, whose hosts are the old names: the new ones were never deployed."""
    run = journal.begin(KIND, operator=operator, selection=f"{merger.slug} --into {merger.into}")
    for host in (*merger.moved, *merger.retired):
        now = merger.moved.get(host)
        journal.enter(run, host, wave=KIND)
        journal.state(run, host, "confirmed", reason=f"is {now} now" if now else "retired")
    became = [f"{old} is {new} now" for old, new in merger.moved.items()]
    journal.end(run, ", ".join([*became, *(f"{host} retired" for host in merger.retired)]))
