"""The host keys that were pinned: the project's own file, one line a device, by its name.

Comparing what a device shows is ``platforms.transport``'s.
"""

from __future__ import annotations

from pathlib import Path

from sekayu_net import atomic


def pinned(file: Path, name: str) -> str | None:
    """The key that is pinned for a device, as ``ssh-ed25519 AAAA…``; None without."""
    found = (line.split(" ", 1) for line in _lines(file) if " " in line)
    return next((key for host, key in found if host == name), None)


def pin(file: Path, name: str, key: str) -> None:
    """Pin a device's key in place of an earlier one. The caller holds the project's lock."""
    kept = [line for line in _lines(file) if line.split(" ", 1)[0] != name]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    atomic.write(file, "\n".join([*kept, f"{name} {key}"]) + "\n")


def forget(file: Path, name: str) -> bool:
    """Let go of a device's key; whether one was pinned. The caller holds the project's lock."""
    lines = _lines(file)
    kept = [line for line in lines if line.split(" ", 1)[0] != name]
    if len(kept) == len(lines):
        return False
    atomic.write(file, "".join(f"{line}\n" for line in kept))
    return True


def rename(file: Path, old: str, new: str) -> None:
    """Keep a device's key under another name. The caller holds the project's lock."""
    key = pinned(file, old)
    if key is not None:
        pin(file, new, key)
        forget(file, old)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
