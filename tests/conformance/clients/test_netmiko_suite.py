"""Netmiko's own tests, from its source distribution, run with ``mikrotik_routeros`` at the lab.

``make suites`` fetches the distribution of the installed version. The tests are run as Netmiko's
maintainers do: in their folder, with the device, commands and answers in three YAML files.
Most of their time goes into Netmiko's own pauses: ``make test`` runs three modules at one
version, ``make conformance`` all of them at three.

Left out: what is for other platforms or asks for what no RouterOS has (``SKIPPED``, by Netmiko's
own words), what fails at every RouterOS (``FAILING``), and these modules:

============================  ========================================================
``test_netmiko_autodetect``   tells platforms of many vendors apart; no part of the driver
``test_netmiko_commit``       RouterOS has no candidate
``test_netmiko_config_acl``   an access list of Cisco's
``test_netmiko_save``         RouterOS saves at once
``test_netmiko_session_log``  writes files, whatever the platform; wants names of Cisco's
``test_netmiko_exceptions``   connects to addresses of the maintainers' laboratory
``test_netmiko_tcl``          Cisco's
``test_timeout_…``            measure seconds on Cisco devices
``unit``                      no device takes part
============================  ========================================================
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.conformance.clients.conftest import NEW, NEWEST, OLD, PASSWORD, USER, Maker

SUITES = Path(os.environ.get("SEKAYU_SUITES", Path(sys.prefix) / "suites"))
ARCHIVE = SUITES / f"netmiko-{version('netmiko')}.tar.gz"
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not ARCHIVE.is_file(), reason="Netmiko's source distribution is not here: make suites"
    ),
]
MODULES = ("show", "config", "cmd_verify", "scp")
QUICK = {("show", NEW), ("config", NEW), ("cmd_verify", NEW)}
WHOLE = os.environ.get("SEKAYU_CONFORMANCE") == "all"
CISCO = "Skipped"  # without a word, unless the platform is Cisco's or Juniper's
FAST = "Skipped"  # without a word, where the echo of a command is always waited for
#: Tests that skip themselves, with Netmiko's reason.
SKIPPED: Mapping[str, str] = {
    "test_failed_key": "Not using SSH-keys",
    "test_send_command_timing_no_cmd_verify": FAST,
    "test_send_command_no_cmd_verify": FAST,
    "test_complete_on_space_disabled": CISCO,
    "test_send_command_textfsm": "TextFSM/ntc-templates not supported on this platform",
    "test_send_command_ttp": "TTP template not existing for this platform",
    "test_send_command_genie": "Genie not supported on this platform",
    "test_send_multiline": CISCO,
    "test_send_multiline_timing": CISCO,
    "test_send_multiline_prompt": CISCO,
    "test_send_multiline_simple": CISCO,
    "test_disconnect_no_enable": CISCO,
    "test_config_mode": "Platform doesn't support config mode.",
    "test_banner": "No banner defined.",
    "test_global_cmd_verify": "No banner defined.",
    "test_md5_methods": "MD5 not supported on this platform",
    "test_md5_methods_get": "MD5 not supported on this platform",
}
#: Tests that fail whatever the device does, and why.
FAILING: Mapping[str, str] = {
    "test_exit_config_mode": "a platform without configuration mode says that it is always in it",
    "test_config_error_pattern": "takes the prompt of the repainted command for the end, and finds "
    "the error in the answer to the next command",
}
PROMPT = f"[{USER}@office-rtr1] >"
COMMANDS = {
    "version": "/system resource print",
    "basic": "/ip address print",
    "extended_output": "/interface print detail",
    "wide_command": (
        f"/ip firewall address-list add list=wide address=10.66.0.1 comment={'w' * 300}"
    ),
    "config": [
        "/ip address set [find interface=ether1] comment=netmiko-first",
        "/ip address set [find interface=ether1] comment=netmiko-last",
    ],
    "config_verification": "/ip address print",
    "config_long_command": (
        f"/ip firewall address-list add list=long address=10.66.0.2 comment={'l' * 300}"
    ),
    "config_file": "mikrotik_routeros_commands.txt",
    "error_pattern": "bad command name",
    "invalid_config": "/nonsense",
}
RESPONSES = {
    "base_prompt": PROMPT.removesuffix(" >"),
    "router_prompt": PROMPT,
    "enable_prompt": PROMPT,
    "version_banner": "version: ",
    "multiple_line_output": 'name="vlan10"',
    "interface_ip": "10.0.1.1/24",
    "cmd_response_init": "netmiko-first",
    "cmd_response_final": "netmiko-last",
    "file_check_cmd": "10.77.0.1/24",
    "scp_remote_space": 1_000_000,
}


def unpack(folder: Path) -> Path:
    """The suite's folder."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("netmiko-*")) / "tests"


def outcomes(report: Path) -> dict[str, tuple[str, str]]:
    """Each test's outcome and, unless it passed, the words for it."""
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own run wrote it
        bad = [child for child in case if child.tag in ("failure", "error", "skipped")]
        outcome = (bad[0].tag, bad[0].get("message") or "") if bad else ("passed", "")
        found[case.get("name") or ""] = outcome
    return found


@pytest.mark.parametrize(
    ("module", "release"),
    [
        pytest.param(
            module, release,
            marks=pytest.mark.skipif(
                not WHOLE and (module, release) not in QUICK, reason="slow: make conformance"
            ),
        )
        for release in (OLD, NEW, NEWEST)
        for module in MODULES
    ],
)  # fmt: skip
def test_the_suite_passes(make_bench: Maker, tmp_path: Path, module: str, release: str) -> None:
    bench = make_bench(release, flash_folder=True)
    suite = unpack(tmp_path)
    device = {
        "device_type": "mikrotik_routeros", "host": "127.0.0.1", "port": bench.port,
        "username": USER, "password": PASSWORD, "ssh_strict": True, "system_host_keys": False,
        "alt_host_keys": True, "alt_key_file": str(bench.known_hosts),
    }  # fmt: skip
    answers = {
        "test_devices": {"mikrotik_routeros": device},
        "commands": {"mikrotik_routeros": COMMANDS},
        "responses": {"mikrotik_routeros": RESPONSES},
    }
    for name, content in answers.items():
        (suite / "etc" / f"{name}.yml").write_text(yaml.safe_dump(content))
    (suite / str(COMMANDS["config_file"])).write_text(
        "/ip address add address=10.77.0.1/24 interface=ether2\n"
    )
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null",
         f"--rootdir={suite}", "--test_device", "mikrotik_routeros", f"--junitxml={report}",
         f"test_netmiko_{module}.py"],
        cwd=suite, env=bench.environment(), capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert report.is_file(), done.stdout + done.stderr
    found = outcomes(report)
    failed = {name for name, (outcome, _) in found.items() if outcome not in ("passed", "skipped")}
    skipped = {name: why for name, (outcome, why) in found.items() if outcome == "skipped"}
    assert failed == FAILING.keys() & found.keys(), done.stdout[-6000:]
    assert skipped == {name: why for name, why in SKIPPED.items() if name in found}
    assert len(found) > len(failed) + len(skipped)
