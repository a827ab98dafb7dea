"""What every command is told by the options that stand before it.

No project is looked for until a command asks: ``config`` and ``--help`` work without one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net.system import need_unix_for_lab

if TYPE_CHECKING:
    from sekayu_net.project import Project


@dataclass(frozen=True, slots=True)
class Context:
    """The global options. ``project_dir`` is None when the nearest project is meant.

    ``dry``: the command was told ``--dry-run`` (``cli.dry``).
    """

    project_dir: Path | None = None
    lab: bool = False
    debug: bool = False
    dry: bool = False

    def project(self) -> Project:
        """Find and load the project; raises ``ProjectError`` with what to do."""
        from sekayu_net.project import Project

        if self.lab:
            need_unix_for_lab()
        root = Project.find(self.project_dir, os.environ)
        return Project.load(root, lab=self.lab, dry=self.dry)
