"""Netmiko's own tests, from its source distribution, run with ``cisco_ios`` at the lab's device.

As ``test_netmiko_suite`` does for RouterOS: in their folder, as Netmiko's maintainers do, with the
device, commands and answers in YAML. Left out are the modules that are for other platforms, need
other machines or measure seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.conformance.clients.test_netmiko_suite import ARCHIVE, outcomes, unpack
from tests.ios_bench import ENABLE, NEW, OLD, PASSWORD, USER, ios_bench

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not ARCHIVE.is_file(), reason="Netmiko's source distribution is not here: make suites"
    ),
]
WHOLE = os.environ.get("SEKAYU_CONFORMANCE") == "all"
MODULES = ("show", "config", "config_acl", "cmd_verify", "scp", "save", "tcl")
QUICK = {("config_acl", NEW), ("save", NEW), ("cmd_verify", NEW)}
#: Tests that skip themselves, with Netmiko's reason.
SKIPPED: Mapping[str, str] = {
    "test_failed_key": "Not using SSH-keys",
    "test_send_command_timing_no_cmd_verify": "Skipped",
    "test_send_command_no_cmd_verify": "Skipped",
    "test_complete_on_space_disabled": "Skipped",
}
#: Tests that fail whatever the device does, and why.
FAILING: Mapping[str, str] = {
    "test_send_command_genie": "wants Genie and pyATS, which are not here"
}


def answers(port: int) -> dict[str, dict[str, object]]:
    device = {
        "device_type": "cisco_ios", "host": "127.0.0.1", "port": port, "username": USER,
        "password": PASSWORD, "secret": ENABLE,
    }  # fmt: skip
    commands = {
        "version": "show version",
        "basic": "show ip interface brief",
        "extended_output": "show running-config",
        "wide_command": f"! {'w' * 300}",
        "config": ["logging buffered 20000", "no logging console", "logging buffered 20010"],
        "config_verification": "show running-config | include logging buffered",
        "config_long_command": f"snmp-server location {'l' * 200}",
        "config_file": "cisco_ios_commands.txt",
        "error_pattern": "Invalid input detected",
        "invalid_config": "interface fake",
        "save_config_cmd": "write mem",
        "save_config_confirm": False,
        "save_config_response": "",
        "banner": "banner login %\nThis is a banner\n%\n",
        "config_long_acl": {
            "base_cmd": "ip access-list extended netmiko_test_large_acl",
            "verify_cmd": "show ip access-lists netmiko_test_large_acl",
            "offset": 4,
        },
    }
    responses = {
        "base_prompt": "rtr2",
        "router_prompt": "rtr2>",
        "enable_prompt": "rtr2#",
        "version_banner": "Cisco IOS",
        "multiple_line_output": "line vty",
        "interface_ip": "10.0.0.2",
        "cmd_response_init": "logging buffered 20000",
        "cmd_response_final": "logging buffered 20010",
        "file_check_cmd": "logging buffered 20000",
        "scp_remote_space": 1_000_000,
        "save_config": "[OK]",
    }
    return {
        "test_devices": {"cisco_ios": device},
        "commands": {"cisco_ios": commands},
        "responses": {"cisco_ios": responses},
    }


@pytest.mark.parametrize(
    ("module", "version"),
    [
        pytest.param(
            module, version,
            marks=pytest.mark.skipif(
                not WHOLE and (module, version) not in QUICK, reason="slow: make conformance"
            ),
        )
        for version in (NEW, OLD)
        for module in MODULES
    ],
)  # fmt: skip
def test_the_suite_passes(tmp_path: Path, module: str, version: str) -> None:
    suite = unpack(tmp_path)
    with ios_bench(version) as bench:
        for name, content in answers(bench.port).items():
            (suite / "etc" / f"{name}.yml").write_text(yaml.safe_dump(content))
        (suite / "cisco_ios_commands.txt").write_text(
            "no logging console\nlogging buffered 20000\n"
        )
        report = tmp_path / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null",
             f"--rootdir={suite}", "--test_device", "cisco_ios", f"--junitxml={report}",
             f"test_netmiko_{module}.py"],
            cwd=suite, capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
    assert report.is_file(), done.stdout + done.stderr
    found = outcomes(report)
    failed = {name for name, (outcome, _) in found.items() if outcome not in ("passed", "skipped")}
    skipped = {name: why for name, (outcome, why) in found.items() if outcome == "skipped"}
    assert failed == FAILING.keys() & found.keys(), done.stdout[-6000:]
    assert skipped == {name: why for name, why in SKIPPED.items() if name in found}
    assert len(found) > len(failed) + len(skipped)
