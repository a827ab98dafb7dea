"""The others' environments: one each, from locked and hashed requirements, below ``.venv-peers``.

They never meet the product's. Setting up needs a package index, running them does not. What locks
them is in ``locks/``; ``python -m benchmarks.peers --lock`` makes those anew.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

LOCKS = Path(__file__).parent / "locks"
#: What each environment is asked to hold; its lock says the rest.
WANTED = {
    "netmiko": ("nornir", "nornir-netmiko", "nornir-utils"),
    # scrapli of 2026 has another interface, and nornir-scrapli with it
    "scrapli": (
        "nornir",
        "nornir-scrapli<2026",
        "scrapli[paramiko,ssh2]<2026",
        "scrapli-community<2026",
        "setuptools<81",
    ),
    "ssh": ("paramiko>=4,<5", "ssh2-python"),
    # netcommon's paramiko transport wants what 5 has taken away
    "ansible": ("ansible-core", "ansible-pylibssh", "paramiko<5", "scp"),
}
#: Ansible's collections travel in the wheel of ``ansible``, which is unpacked in part.
COLLECTIONS = Path("tests/conformance/clients/ansible.txt")
_PARTS = tuple(
    f"ansible_collections/{name}/"
    for name in ("community/routeros", "ansible/netcommon", "ansible/utils")
)
_PATIENCE = 900


def _uv(*words: str, given: str | None = None) -> None:
    subprocess.run(
        [Path(sys.executable).parent / "uv", *words],
        input=given, text=True, check=True, timeout=_PATIENCE,
    )  # fmt: skip


def lock() -> None:
    """Resolve every environment's requirements anew, with hashes."""
    LOCKS.mkdir(exist_ok=True)
    for name, wanted in WANTED.items():
        _uv(
            "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--upgrade",
            "--generate-hashes", "--no-emit-index-url", "--no-header", "-",
            "-o", str(LOCKS / f"{name}.txt"), given="\n".join(wanted),
        )  # fmt: skip


def _stamp(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _made(folder: Path, stamp: str) -> bool:
    marker = folder / "made-from"
    return marker.exists() and marker.read_text() == stamp


def python(root: Path, name: str) -> Path:
    """The Python of an environment."""
    return root / ".venv-peers" / name / "bin" / "python"


def collections(root: Path) -> Path:
    """The folder of Ansible's collections."""
    return root / ".venv-peers" / "collections"


def set_up(root: Path, name: str) -> None:
    """Make an environment, unless it is as its lock says already."""
    folder, file = root / ".venv-peers" / name, LOCKS / f"{name}.txt"
    stamp = _stamp(file)
    if not _made(folder, stamp):
        shutil.rmtree(folder, ignore_errors=True)
        print(f"setting up {folder} …", file=sys.stderr)
        _uv("venv", "-q", "--python", sys.executable, str(folder))
        _uv(
            "pip", "install", "-q", "--python", str(python(root, name)),
            "--require-hashes", "-r", str(file),
        )  # fmt: skip
        (folder / "made-from").write_text(stamp)
    if name == "ansible":
        _set_up_collections(root)


def _set_up_collections(root: Path) -> None:
    folder, file = collections(root), root / COLLECTIONS
    stamp = _stamp(file)
    if _made(folder, stamp):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check",
            "--require-hashes", "--no-deps", "--only-binary", "ansible", "-d", str(folder),
            "-r", str(file),
        ],
        check=True, timeout=_PATIENCE,
    )  # fmt: skip
    (wheel,) = folder.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder, [name for name in packed.namelist() if name.startswith(_PARTS)])
    wheel.unlink()
    (folder / "made-from").write_text(stamp)
