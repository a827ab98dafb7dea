"""The wheel holds the package alone and works in a clean environment, outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("wheel")


def run(*words: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``sekayu-net`` as installed from the wheel, with the locked dependencies and nothing else."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "uv", "venv", "-q", "-p", sys.executable, venv, cwd=venv.parent)
    install = (sys.executable, "-m", "uv", "pip", "install", "-q", "-p", venv / "bin" / "python")
    lock = ROOT / "requirements.lock"
    run(*install, "--require-hashes", "-r", lock, cwd=venv.parent)
    run(*install, "--no-deps", wheel, cwd=venv.parent)
    return venv / "bin" / "sekayu-net"


def test_it_installs_one_package_and_the_name_that_napalm_looks_for(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "sekayu_net",
        "napalm_sekayu_routeros.py",
    }


def test_napalm_finds_the_driver_and_its_templates(command: Path, tmp_path: Path) -> None:
    code = """
import napalm
device = napalm.get_network_driver("sekayu_routeros")("192.0.2.1", "admin", "")
device.load_template("set_hostname", hostname="a b")
print(device.get_config("candidate")["candidate"])
from sekayu_net.platforms.routeros import getters
print(getters.ping_result("    sent=3 received=2 packet-loss=33%"))
"""
    done = run(command.parent / "python", "-c", code, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        '/system identity set name="a b"',
        "PingResult(sent=3, received=2)",
    ]


def test_it_says_what_to_do_where_there_is_no_project(command: Path, tmp_path: Path) -> None:
    done = run(command, "inventory", "check", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "sekayu.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_project_it_makes_passes_its_own_check_and_renders(command: Path, tmp_path: Path) -> None:
    run(command, "init", "district", cwd=tmp_path)
    project = tmp_path / "district"
    run(command, "inventory", "check", cwd=project)
    run(command, "render", "--help", cwd=project)
