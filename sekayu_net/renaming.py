"""An office gets another name: everything that is kept under its devices' names goes along.

Addresses follow the office's code and stay. What the devices say (their identity, comments, what
the hub says of them) is an ordinary plan afterwards. State first, the inventory last: broken off,
it is run again. A device's own copy of its name in messages sent long ago stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net import known_hosts
from sekayu_net.archive import Archive
from sekayu_net.errors import UsageError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.editing import rehearsal, rename_office
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.selection import office_called
from sekayu_net.journal import Journal

if TYPE_CHECKING:
    from sekayu_net.project import Project


@dataclass(frozen=True, slots=True)
class Names:
    """Host names and office slugs, old → new; ``code`` of the office, ``name`` its new one.

    ``around``: hosts of other offices that say something of it.
    """

    code: str
    name: str
    hosts: Mapping[str, str]
    slugs: Mapping[str, str]
    around: tuple[str, ...]


def names_for(project: Project, office: str, name: str) -> Names:
    """What a new name brings about. ``UsageError`` for an unknown office or a name without effect.

    ``InventoryError`` when the inventory would not hold with it. Changes nothing.
    """
    before = project.district()
    found = office_called(before, office)
    with rehearsal(project.inventory) as folder:
        rename_office(folder, found.code, name)
        after = load_district(folder)
    hosts = _hosts(before, after)
    if not hosts:
        raise UsageError(f"{found.slug} is called that already: nothing to do")
    new = next(o for o in after.offices.values() if o.code == found.code)
    near = {link.upstream for o in before.offices.values() if (link := o.link) and o is found}
    near |= {tunnel.hub for tunnel in (found.tunnel,) if tunnel}
    near |= {o.router.name for o in before.offices.values() if o.upstream == found.slug}
    return Names(found.code, name, hosts, {found.slug: new.slug}, tuple(sorted(near - set(hosts))))


def _hosts(before: District, after: District) -> dict[str, str]:
    place = {(after.office_of(d).code, d.role, d.number): d.name for d in after.devices.values()}
    pairs = (
        (d.name, place[before.office_of(d).code, d.role, d.number]) for d in before.devices.values()
    )
    return {old: new for old, new in pairs if old != new}


def carry_over(project: Project, names: Names) -> tuple[str, ...]:
    """Keep everything under the new names; secrets that only a person can rename.

    The caller holds the project's lock.
    """
    for old, new in names.hosts.items():
        known_hosts.rename(project.known_hosts, old, new)
        if (project.backups / old).is_dir() and not (project.backups / new).exists():
            (project.backups / old).rename(project.backups / new)
    if project.journal_path.exists():
        with Journal.open(project.journal_path) as journal:
            rename_in_journal(journal, names.hosts)
    Archive(project.archive_path).rename(
        names.hosts, f"{', '.join(names.slugs)} is {', '.join(names.slugs.values())} now"
    )
    if project.lab:
        rename_in_lab(project.state / "lab.json", names.hosts)
    return rename_secrets(project, {**names.hosts, **names.slugs})


def rename_in_journal(journal: Journal, hosts: Mapping[str, str]) -> None:
    """Every table that has hosts, and what is linked with whom, in one transaction."""
    tables = journal.database.keys_beside("host")
    linked = journal.query("SELECT run, host, linked FROM hosts WHERE linked != ''")
    with journal.transaction() as db:
        for row in linked:
            now = " ".join(hosts.get(each, each) for each in row["linked"].split())
            db.execute(
                "UPDATE hosts SET linked = ? WHERE run = ? AND host = ?",
                (now, row["run"], row["host"]),
            )
        for table, keys in tables.items():
            for old, new in hosts.items():
                if keys is not None:  # what stands under the new name makes way
                    same = "".join(f" AND old.{key} = {table}.{key}" for key in keys)
                    db.execute(
                        f"DELETE FROM {table} WHERE host = ? AND EXISTS"  # noqa: S608 - its own
                        f" (SELECT 1 FROM {table} AS old WHERE old.host = ?{same})",
                        (new, old),
                    )
                db.execute(
                    f"UPDATE {table} SET host = ? WHERE host = ?",  # noqa: S608 - its own
                    (new, old),
                )


def rename_secrets(project: Project, parts: Mapping[str, str]) -> tuple[str, ...]:
    """Secrets of which a part is a host or an office; which of them are kept elsewhere too."""
    store = project.secrets()
    elsewhere = []
    for name in store.names():
        new = "/".join(parts.get(part, part) for part in name.split("/"))
        if new == name:
            continue
        if store.source(name) != "file":
            elsewhere.append(name)
        store.rename(name, new)
    return tuple(elsewhere)


def rename_in_lab(file: Path, hosts: Mapping[str, str]) -> None:
    """The running lab's devices answer to the new names; they are where they were."""
    from sekayu_net.lab import process

    if process.running(file.parent):
        process.ask(file.parent, {"do": "rename", "names": dict(hosts)})
    versions = file.with_name("versions.json")
    for each in (file, versions):
        if not each.exists():
            continue
        state = json.loads(each.read_text())
        if each is versions:
            state = {hosts.get(name, name): version for name, version in state.items()}
        else:
            state["devices"] = {hosts.get(n, n): entry for n, entry in state["devices"].items()}
        part = each.with_suffix(".new")
        part.touch(0o600)
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(each)
