"""The unit for a systemd user manager."""

import os
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from desktop.cli.arguments import make_parser

UNIT = Path(__file__).resolve().parents[3] / "packaging" / "legwork.service"


@pytest.fixture
def unit() -> ConfigParser:
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser


def test_it_serves_and_comes_back_only_after_a_failure(unit: ConfigParser) -> None:
    program, *words = unit["Service"]["ExecStart"].split()
    assert program == "%h/.local/bin/legwork"
    assert make_parser().parse_args(words).command == "serve"
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Install"]["WantedBy"] == "default.target"


@pytest.mark.parametrize(
    "breaking",
    ["ProtectHome", "PrivateDevices", "DevicePolicy", "MemoryDenyWriteExecute", "PrivateNetwork", "PrivateUsers"],
)
def test_nothing_takes_the_graphics_card_or_the_files_of_the_person_away(unit: ConfigParser, breaking: str) -> None:
    assert breaking not in unit["Service"]
    assert unit["Service"]["NoNewPrivileges"] == "yes"


def test_systemd_understands_it_where_there_is_one(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    program = tmp_path / ".local" / "bin" / "legwork"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    told = UNIT.read_text(encoding="utf-8")
    assert "%h/.local/bin/legwork" in told  # the verification below looks for the program
    (tmp_path / "legwork.service").write_text(told)
    if analyze is not None:
        verified = subprocess.run(
            [analyze, "--user", "verify", "--man=no", str(tmp_path / "legwork.service")],
            env=os.environ | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (verified.returncode, verified.stderr) == (0, "")
