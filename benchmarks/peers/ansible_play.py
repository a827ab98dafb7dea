"""Ansible as its users run it: ``community.routeros`` over ``network_cli``, a play for all hosts.

The files of one run, its environment, and what its recap says. Its whole time counts, from start
to end: nobody has an Ansible that is running already.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import environments

_RECAP = re.compile(
    r"^\S+\s+: ok=(\d+)\s+changed=\d+\s+"
    r"unreachable=(\d+)\s+failed=(\d+)",
    re.MULTILINE,
)


def inventory(job: Mapping[str, Any], *, transport: str = "paramiko") -> dict[str, Any]:
    """The job's devices as Ansible's inventory."""
    hosts = {
        device["name"]: {"ansible_host": device["address"], "ansible_port": device["port"]}
        for device in job["devices"]
    }
    said = {
        "ansible_user": f"{job['user']}+cet1024w",
        **(
            {"ansible_password": job["password"]}
            if job["password"]
            else {"ansible_ssh_private_key_file": job["key_file"]}
        ),
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "community.routeros.routeros",
        "ansible_network_cli_ssh_type": transport,
        "ansible_host_key_checking": False,
        "ansible_python_interpreter": "/usr/bin/env python3",
    }
    return {"all": {"hosts": hosts, "vars": said}}


def reading(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A play that reads what the job says; a device that answered too little has failed."""
    task = {
        "community.routeros.command": {"commands": list(job["commands"])},
        "register": "result",
        "failed_when": f"(result.stdout | default([]) | map('length') | sum) < {job['least']}",
    }
    return [{"hosts": "all", "gather_facts": False, "tasks": [task]}]


def importing(job: Mapping[str, Any], *, serial: int) -> list[dict[str, Any]]:
    """A play that imports the job's script, so many devices at a time, and looks at what is there.

    ``file`` of the job is what is uploaded, ``expected`` the words that must be seen at the end.
    """
    source = Path(job["file"])
    put = {"src": str(source), "dest": source.name, "protocol": "sftp"}
    told = {
        "community.routeros.command": {"commands": list(job["commands"])},
        "register": "result",
        "failed_when": " or ".join(
            f"'{word}' not in (result.stdout | default(['']) | last)" for word in job["expected"]
        ),
    }
    tasks = [{"ansible.netcommon.net_put": put}, told]
    return [{"hosts": "all", "gather_facts": False, "serial": serial, "tasks": tasks}]


def write(folder: Path, hosts: Mapping[str, Any], play: Sequence[Mapping[str, Any]]) -> None:
    """The two files of a run: JSON is YAML."""
    (folder / "hosts.json").write_text(json.dumps(hosts))
    (folder / "play.yml").write_text(json.dumps(play))


def words(root: Path, folder: Path, forks: int) -> list[str]:
    """The command line."""
    return [
        str(environments.python(root, "ansible")), "-m", "ansible", "playbook",
        "-f", str(forks), "-i", str(folder / "hosts.json"), str(folder / "play.yml"),
    ]  # fmt: skip


def environment(root: Path, folder: Path) -> dict[str, str]:
    """Nothing of the person who runs this is read. ``folder`` has a short path: sockets do."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(environments.collections(root)),
        "ANSIBLE_HOST_KEY_CHECKING": "false",
        "ANSIBLE_PARAMIKO_HOST_KEY_AUTO_ADD": "true",
        "ANSIBLE_PARAMIKO_LOOK_FOR_KEYS": "false",
        "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": str(folder / "s"),
        "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": "60",
        "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT": "60",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "true",
    }


def recap(said: str) -> tuple[int, int]:
    """How many hosts went well and how many did not."""
    found = _RECAP.findall(said)
    failed = sum(unreachable != "0" or lost != "0" for _, unreachable, lost in found)
    return len(found) - failed, failed
