"""A nation of projects: ``python -m benchmarks.nation DIR [--regencies N] [--seed S]``.

As many offices as the Republic has by Kemendagri's list of 2022: 7,277 kecamatan, 8,498 kelurahan
and 75,265 desa in 514 regencies and cities, with two devices each. How they are spread and what
they are called is made up, the same for the same seed. One project a regency: an inventory of its
own, everything else is shared by links. Each has the *same* IPv4 plan (10/8) behind a hub of its
own: addresses are unique within a regency, names of hosts too, and a regency's devices are read by
machines of its region (``docs/scale.md``). Prints what it made and the seconds that it took.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.inventory.scaffold import OfficeRow, write_inventory

ROOT = Path(__file__).parents[1]
REGENCIES, KECAMATAN, KELURAHAN, DESA = 514, 7_277, 8_498, 75_265
PROVINCES = 38
#: What the address plan of one regency holds: /22 for each office in a /13.
MOST_OFFICES = 500
MOST_KECAMATAN = 40
#: What the projects share.
COMMON = ("templates", "tasks", "playbooks", "sekayu.toml")


@dataclass(frozen=True, slots=True)
class Regency:
    """``code`` as Kemendagri has it (``16.06``), ``region`` the word for its machines."""

    code: str
    kecamatan: tuple[tuple[int, int], ...]

    @property
    def region(self) -> str:
        """``r1606``."""
        return "r" + self.code.replace(".", "")

    @property
    def offices(self) -> int:
        """How many offices it has."""
        return sum(1 + lurah + desa for lurah, desa in self.kecamatan)

    def rows(self) -> Iterator[OfficeRow]:
        """Its offices; numbers make the names."""
        for number, (lurah, desa) in enumerate(self.kecamatan, 1):
            code, name = f"{self.code}.{number:02}", f"Kecamatan {number}"
            yield OfficeRow(code, "camat", name, code, name)
            for place in range(1, lurah + 1):
                yield OfficeRow(f"{code}.1{place:03}", "lurah", f"K {number} {place}", code, name)
            for place in range(1, desa + 1):
                yield OfficeRow(f"{code}.2{place:03}", "desa", f"D {number} {place}", code, name)


def nation(seed: int) -> tuple[Regency, ...]:
    """Every regency: none empty, none beyond what its address plan holds."""
    chance = random.Random(seed)
    size = [chance.paretovariate(2) for _ in range(REGENCIES)]
    homes = [*range(REGENCIES), *chance.choices(range(REGENCIES), size, k=KECAMATAN - REGENCIES)]
    homes = [home if homes[:at].count(home) < MOST_KECAMATAN else at % REGENCIES
             for at, home in enumerate(homes)]  # fmt: skip
    offices = [[0, 0] for _ in homes]
    filled = Counter(homes)
    for kind, count in ((0, KELURAHAN), (1, DESA)):
        for _ in range(count):
            place = chance.randrange(KECAMATAN)
            while filled[homes[place]] >= MOST_OFFICES:
                place = chance.randrange(KECAMATAN)
            filled[homes[place]] += 1
            offices[place][kind] += 1
    of: dict[int, list[tuple[int, int]]] = {}
    for home, (lurah, desa) in zip(homes, offices, strict=True):
        of.setdefault(home, []).append((lurah, desa))
    provinces = [number % PROVINCES + 11 for number in range(REGENCIES)]
    return tuple(
        Regency(
            f"{province:02}.{number // PROVINCES + 1:02}",
            tuple(of[number]),
        )
        for number, province in enumerate(provinces)
    )


def write(folder: Path, regencies: Sequence[Regency]) -> None:
    """A project for each regency, in a folder by its code."""
    common = folder / "common"
    common.mkdir(parents=True)
    for name in COMMON:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, common / name)
    for regency in regencies:
        root = folder / regency.code
        shutil.copytree(ROOT / "inventory", root / "inventory")
        for name in COMMON:
            (root / name).symlink_to(common / name)
        source = "benchmarks.nation"
        write_inventory(
            root / "inventory", tuple(regency.rows()), source=source, region=regency.region
        )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--regencies", type=int, default=REGENCIES)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    started = time.perf_counter()
    chosen = nation(asked.seed)[: asked.regencies]
    write(asked.folder, chosen)
    offices = sum(regency.offices for regency in chosen)
    print(
        f"{len(chosen)} projects, {offices:,} offices, {2 * offices:,} devices, at most "
        f"{max(regency.offices for regency in chosen)} offices in one: "
        f"{time.perf_counter() - started:.1f} s"
    )


if __name__ == "__main__":
    main()
