"""What machines that read do in the tests: nothing but say who they are. Imported over there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekayu_net.errors import ClusterError, UnreachableError
from sekayu_net.runners.dask import Told


@dataclass(frozen=True, slots=True)
class Far:
    """Reads hosts; each read leaves a line in a file of ``folder``.

    ``dies_at``: the machine that comes to this host first is killed in the middle of its chunk.
    """

    folder: str
    dies_at: str | None = None
    dies_always: bool = False
    fails: bool = False
    hangs: bool = False

    def __call__(
        self, task: str, hosts: tuple[str, ...], arguments: Mapping[str, Any]
    ) -> Mapping[str, Told]:
        while self.hangs:
            time.sleep(0.05)
        if self.fails:
            raise ClusterError("another inventory there")
        return {host: self.read(host, arguments) for host in hosts}

    def read(self, host: str, arguments: Mapping[str, Any]) -> Told:
        with (Path(self.folder) / host).open("a") as file:
            file.write(f"{os.getpid()}\n")
        if host == self.dies_at:
            fallen = Path(self.folder) / "fallen"
            if self.dies_always or not fallen.exists():
                fallen.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if host.startswith("broken"):
            return Told(error=UnreachableError("no answer", host=host, stage="read"))
        if host.startswith("silent"):
            return Told(UnreachableError("no answer", host=host, stage="read"), failed=True)
        return Told((host, os.getpid(), dict(arguments)))
