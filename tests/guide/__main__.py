"""``python -m tests.guide [--update] [CHAPTER…]``: follow the guide; ``--update`` writes outputs.

With ``--update`` look at what ``git diff`` shows before you commit it: what a command says wrong is
written as well.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.guide.rewrite import anew
from tests.guide.runner import LANGUAGES, ROOT, follow


def chapters() -> list[Path]:
    """Every chapter of both languages."""
    return [path for folder in LANGUAGES for path in sorted((ROOT / "docs" / folder).glob("*.md"))]


def main() -> int:
    """Follow the chapters named, or all; 1 when one can't be followed to its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.guide", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the outputs into the chapters")
    parser.add_argument("chapter", nargs="*", type=Path, help="else all of both languages")
    words = parser.parse_args()
    ended = 0
    for path in words.chapter or chapters():
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            made = follow(path.resolve(), Path(folder) / "siti")
        faults = made.faults
        if words.update:
            path.write_text(anew(path, made.said), encoding="utf-8")
            faults = [fault for fault in faults if "the guide shows" not in fault.said]
        for fault in faults:
            print(fault)
        print(f"{path}: {len(faults)} faults, {time.monotonic() - begun:.1f} s", file=sys.stderr)
        ended |= bool(faults)
    return int(ended)


if __name__ == "__main__":
    sys.exit(main())
