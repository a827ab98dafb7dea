"""A controller of its own process, to be killed: arms, applies, confirms over a new connection.

``python -m tests.campaign.controller`` reads one JSON object from its standard input: ``target``
(what ``Target`` takes, paths as text), ``script``, ``inverse``, ``token``, ``revert_in``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros.driver import RouterOSDriver


def main(given: dict[str, Any]) -> None:
    """One deployment without questions."""
    paths = {name: Path(given["target"].pop(name)) for name in ("known_hosts", "key_file")}
    target = Target(**given["target"], **paths)
    driver = RouterOSDriver.for_target(target)
    driver.open()
    driver.commit_change(
        given["script"],
        given["inverse"],
        token=given["token"],
        revert_in=given["revert_in"],
        guard=driver.guard(),
        on_armed=lambda: None,
    )
    driver.close()
    again = RouterOSDriver.for_target(target)
    again.open()
    again.confirm(given["token"], run="run7", fingerprint="f00")
    again.close()


if __name__ == "__main__":
    main(json.load(sys.stdin))
