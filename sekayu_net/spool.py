"""Values of many devices beside the memory: in a file that has no name and goes with its process.

What a run over thousands of devices keeps of each until it reports. What may be kept on a disk
(masked, no secret) is the caller's to see to.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self, TypeVar

T = TypeVar("T")


class Spool(Mapping[str, T]):
    """Values by host, each read anew when it is asked for; in the order of ``hosts``, not of time.

    Safe between threads. The file lies in ``folder`` and has no name there, so that nothing is left
    of it, whatever becomes of the process. ``OSError``, which names ``folder``, of a full disk.
    """

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = TemporaryFile(dir=folder, prefix="spool-")  # noqa: SIM115 - closed at the end
        self._folder = folder
        self._places: dict[str, tuple[int, int]] = {}
        self._hosts = hosts
        self._lock = threading.Lock()

    def put(self, host: str, value: T) -> None:
        """Keep a value; of two the last counts."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        with self._lock, self._naming():
            begin = self._file.seek(0, 2)
            self._file.write(data)
            self._places[host] = begin, len(data)

    def __getitem__(self, host: str) -> T:
        begin, size = self._places[host]
        with self._lock, self._naming():
            self._file.seek(begin)
            data = self._file.read(size)
        found: T = pickle.loads(data)  # noqa: S301 - nobody else can write into this file
        return found

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """What fails on a file without a name says where that file is."""
        try:
            yield
        except OSError as error:
            error.filename = error.filename or str(self._folder)
            raise

    def __iter__(self) -> Iterator[str]:
        return (host for host in self._hosts if host in self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, host: object) -> bool:
        return host in self._places

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
