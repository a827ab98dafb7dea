from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sekayu_net.cli.config import app
from sekayu_net.errors import ConfigSyntaxError, InputError, UsageError

HEADER = "# 2026-01-01 08:00:00 by RouterOS 7.20.4"
RUNNING = f"{HEADER}\r\n/ip address\r\nadd interface=ether1 address=10.0.0.1/24\r\n"
INTENDED = "/ip address\nadd address=10.0.0.2/24 interface=ether1\n"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    running, intended = tmp_path / "running.rsc", tmp_path / "intended.rsc"
    running.write_bytes(RUNNING.encode())
    intended.write_text(INTENDED)
    return running, intended


def test_format_sorts_keys_and_keeps_the_header(files: tuple[Path, Path]) -> None:
    assert run("format", files[0]).stdout == (
        f"{HEADER}\n/ip address\nadd address=10.0.0.1/24 interface=ether1\n"
    )


def test_diff_of_equal_files_exits_0_and_says_nothing(files: tuple[Path, Path]) -> None:
    result = run("diff", files[0], files[0], "--whole")
    assert (result.exit_code, result.stdout) == (0, "")


def test_diff_exits_3_and_shows_menu_and_rows(files: tuple[Path, Path]) -> None:
    result = run("diff", *files)
    assert result.exit_code == 3
    assert result.stdout == (
        "/ip address\n"
        "  - address=10.0.0.1/24 interface=ether1\n"
        "  + address=10.0.0.2/24 interface=ether1\n"
    )


def test_script_then_apply_then_diff_finds_nothing(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    script, after = tmp_path / "script.rsc", tmp_path / "after.rsc"
    script.write_text(run("diff", *files, "--script").stdout)
    after.write_text(run("apply", files[0], script).stdout)
    assert run("diff", after, files[1], "--whole").exit_code == 0


def test_inverse_leads_back(files: tuple[Path, Path], tmp_path: Path) -> None:
    script, back = tmp_path / "script.rsc", tmp_path / "back.rsc"
    script.write_text(
        run("diff", *files, "--script").stdout + run("diff", *files, "--inverse").stdout
    )
    back.write_text(run("apply", files[0], script).stdout)
    assert run("diff", back, files[0], "--whole").exit_code == 0


def test_a_cut_of_the_management_flow_is_a_remark_in_the_script(files: tuple[Path, Path]) -> None:
    result = run("diff", *files, "--script", "--management", "10.0.0.0/24,10.0.0.1:22")
    assert "# sekayu: the management flow is not admitted" in result.stdout


@pytest.mark.parametrize("flow", ["10.0.0.1", "10.0.0.0/24,x", "10.0.0.0/24,10.0.0.1:ssh"])
def test_a_flow_that_is_none_is_wrong_usage(files: tuple[Path, Path], flow: str) -> None:
    with pytest.raises(UsageError, match="--management"):
        run("diff", *files, "--management", flow)


def test_a_broken_file_is_named_with_its_place(files: tuple[Path, Path]) -> None:
    files[1].write_text("/ip address\nadd address=\n")
    with pytest.raises(ConfigSyntaxError) as caught:
        run("diff", *files)
    assert str(caught.value).startswith(f"{files[1]}:2:13: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-such-file"):
        run("format", tmp_path / "no-such-file.rsc")


def test_a_script_that_fails_is_named_with_its_line(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    script = tmp_path / "script.rsc"
    script.write_text('# remark\n/ip address set [find address="1.2.3.4/5"] disabled=yes\n')
    with pytest.raises(InputError) as caught:
        run("apply", files[0], script)
    assert str(caught.value).startswith(f"{script}:2: ")


def test_check_lists_what_the_schema_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "odd.rsc"
    file.write_text(
        f"{HEADER}\n/ip nonsense\nadd name=x\nadd name=y\n/ip address\nadd adress=10.0.0.1/24\n"
    )
    result = run("check", file)
    assert result.exit_code == 3
    assert f"{file}:3: /ip nonsense: the menu is not known (2 statements)" in result.stdout
    assert f"{file}:6: /ip address: adress is not known" in result.stdout


def test_check_of_known_menus_says_so_and_exits_0(files: tuple[Path, Path]) -> None:
    result = run("check", files[0])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "7.20.4" in result.stderr
