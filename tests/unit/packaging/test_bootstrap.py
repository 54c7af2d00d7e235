"""The set-up, with a small project, a real environment and a wheel made on the spot; nothing comes from a network."""

import ast
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[3] / "packaging" / "bootstrap.py"
MAIN = "import json, os, sys; print(json.dumps({'arguments': sys.argv[1:], 'cwd': os.getcwd(), 'prefix': sys.prefix}))"


def make_wheel(folder: Path, name: str, version: str) -> None:
    """The smallest wheel that pip installs: a module which knows its version."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="session")
def first_time(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str, str]:
    """A project that needs one package, with wheels where pip looks instead of the network, set up once for all."""
    folder = tmp_path_factory.mktemp("first") / "project"
    (folder / "packaging").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, folder / "packaging")
    (folder / "packaging" / "constraints.txt").write_text("parcel==1.0\n", encoding="utf-8")
    (folder / "packaging" / "constraints-dev.txt").write_text("", encoding="utf-8")
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    make_wheel(folder.parent / "wheels", "parcel", "1.0")
    make_wheel(folder.parent / "wheels", "parcel", "2.0")
    return folder, *run(folder, "legwork", "doctor", "--json")


@pytest.fixture
def project(first_time: tuple[Path, int, str, str], tmp_path: Path) -> Path:
    """A copy of the project that is set up (making an environment takes seconds, copying it does not)."""
    shutil.copytree(first_time[0].parent, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path / "project"


@pytest.fixture
def bare_project(project: Path) -> Path:
    """A copy of the project as it comes."""
    shutil.rmtree(project / ".venv")
    return project


def start(project: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "COV", "LEGWORK_"))
    }
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(project.parent / "wheels"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    return subprocess.Popen(
        [sys.executable, str(project / "packaging" / "bootstrap.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project.parent,
        env=environment | variables,
    )


def run(project: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    with start(project, *arguments, **variables) as process:
        output, errors = process.communicate()
    return process.returncode, output, errors


def installed(project: Path, venv: str = ".venv") -> str:
    command = [str(project / venv / "bin" / "python"), "-c", "import parcel; print(parcel.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_one_command_sets_up_and_leaves_stdout_to_the_program(first_time: tuple[Path, int, str, str]) -> None:
    project, code, output, errors = first_time
    assert code == 0, errors
    assert output.count("\n") == 1
    assert '"arguments": ["doctor", "--json"]' in output
    assert f'"cwd": "{project.parent}"' in output
    assert f'"prefix": "{project / ".venv"}"' in output
    assert "Installing" in errors
    assert installed(project) == "1.0"


def test_the_second_time_nothing_is_left_to_do(project: Path) -> None:
    code, output, errors = run(project, "legwork", "doctor", PIP_FIND_LINKS="/nowhere")
    assert code == 0
    assert output
    assert errors == ""


def test_new_versions_are_installed_over_the_old(project: Path) -> None:
    (project / "packaging" / "constraints.txt").write_text("parcel==2.0\n", encoding="utf-8")
    assert run(project, "legwork", "doctor")[0] == 0
    assert installed(project) == "2.0"


def test_the_environment_can_lie_elsewhere(project: Path) -> None:
    (project / ".venv").rename(project / "elsewhere")
    code, output, _ = run(project, "legwork", "doctor", LEGWORK_VENV=str(project / "elsewhere"))
    assert code == 0
    assert "elsewhere" in output
    assert installed(project, "elsewhere") == "1.0"
    assert not (project / ".venv").exists()


def test_an_interrupted_set_up_is_made_anew(project: Path) -> None:
    (project / ".venv" / "legwork-set-up-under-way").touch()
    module = next((project / ".venv" / "lib").glob("*/site-packages/parcel.py"))
    module.unlink()
    code, _, errors = run(project, "legwork", "doctor")
    assert code == 0, errors
    assert installed(project) == "1.0"


def test_an_environment_that_was_only_begun_is_thrown_away(bootstrap: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    bootstrap.clear(bootstrap.Environment(str(tmp_path / "venv")))
    assert not (tmp_path / "venv").exists()


def test_an_environment_without_pip_is_given_it(bare_project: Path) -> None:
    project = bare_project
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project / ".venv")], check=True)
    (project / ".venv" / "kept").touch()
    assert run(project, "legwork", "doctor")[0] == 0
    assert installed(project) == "1.0"
    assert (project / ".venv" / "kept").exists()


def test_a_folder_that_is_no_environment_is_left_alone(project: Path) -> None:
    (project / "papers").mkdir()
    (project / "papers" / "thesis.txt").write_text("years of work", encoding="utf-8")
    code, _, errors = run(project, "legwork", "doctor", LEGWORK_VENV=str(project / "papers"))
    assert code == 2
    assert "left as it is" in errors
    assert (project / "papers" / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_where_pip_fails_the_message_names_the_way_out_and_the_next_try_goes_on(project: Path) -> None:
    (project / "packaging" / "constraints.txt").write_text("parcel==2.0\n", encoding="utf-8")
    code, output, errors = run(project, "legwork", "doctor", PIP_FIND_LINKS="")
    assert code == 2
    assert output == ""
    assert "kept" in errors
    assert "run the same command again" in errors
    code, _, errors = run(project, "legwork", "doctor")
    assert code == 0
    assert "Making" not in errors
    assert installed(project) == "2.0"


def test_two_at_once_do_not_break_each_other(bare_project: Path) -> None:
    results: list[tuple[int, str, str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(run(bare_project, "legwork", "doctor"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [code for code, _, _ in results] == [0, 0], results
    assert sum("Installing" in errors for _, _, errors in results) == 1
    assert installed(bare_project) == "1.0"


def test_the_programs_exit_code_is_passed_on(project: Path) -> None:
    (project / "main.py").write_text("raise SystemExit(4)", encoding="utf-8")
    assert run(project, "legwork", "run")[0] == 4


def test_a_place_that_cannot_be_written_is_named(project: Path) -> None:
    (project / "file").touch()
    code, _, errors = run(project, "legwork", "doctor", LEGWORK_VENV=str(project / "file" / "venv"))
    assert code == 2
    assert "LEGWORK_VENV" in errors


@pytest.mark.parametrize("arguments", [(), ("dance",)])
def test_an_unknown_program_gets_the_usage(project: Path, arguments: tuple[str, ...]) -> None:
    code, output, errors = run(project, *arguments)
    assert code == 2
    assert output == ""
    assert "bootstrap.py legwork" in errors


def test_help_is_an_answer(project: Path) -> None:
    code, output, _ = run(project, "--help")
    assert code == 0
    assert "bootstrap.py pytest" in output


class Become:
    """Stands for the change into another program."""

    def __init__(self) -> None:
        self.command: list[str] = []

    def __call__(self, python: str, arguments: list[str]) -> int:
        self.command = [python, *arguments]
        return 0


class AptGet:
    """Stands for Debian's package manager: answers with the given exit codes, and then everything is there."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.calls: list[list[str]] = []

    def __call__(self, arguments: list[str]) -> int:
        self.calls.append(arguments)
        return self.codes.pop(0)


QT = [("libEGL.so.1", "libegl1", "libglvnd-egl"), ("ensurepip", "python3-venv", "python3")]


def on_a_machine(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, *, root: bool, apt: bool = True) -> None:
    """A machine that lacks everything, with or without Debian's package manager."""
    monkeypatch.setattr(bootstrap, "is_there", lambda _name: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if apt and name == "apt-get" else None)


def test_an_ordinary_user_is_told_the_exact_commands(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(bootstrap, monkeypatch, root=False)
    with pytest.raises(bootstrap.SetUpStopped) as stopped:
        bootstrap.complete(QT)
    assert "sudo apt install libegl1 python3-venv\n" in str(stopped.value)
    assert "sudo dnf install libglvnd-egl python3" in str(stopped.value)


def test_root_installs_debian_packages(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(bootstrap, monkeypatch, root=True)
    monkeypatch.setattr(bootstrap, "apt_get", apt_get := AptGet(0))
    bootstrap.complete(QT)
    assert apt_get.calls == [["install", "-y", "--no-install-recommends", "libegl1", "python3-venv"]]


def test_an_old_list_of_packages_is_renewed(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(bootstrap, monkeypatch, root=True)
    monkeypatch.setattr(bootstrap, "apt_get", apt_get := AptGet(100, 0, 0))
    bootstrap.complete(QT)
    assert [call[0] for call in apt_get.calls] == ["install", "update", "install"]


def test_root_is_told_where_apt_get_fails(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(bootstrap, monkeypatch, root=True)
    monkeypatch.setattr(bootstrap, "apt_get", AptGet(100, 100))
    with pytest.raises(bootstrap.SetUpStopped, match="apt-get could not"):
        bootstrap.complete(QT)


def test_root_without_apt_get_is_told_the_command(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(bootstrap, monkeypatch, root=True, apt=False)
    with pytest.raises(bootstrap.SetUpStopped, match="sudo dnf install"):
        bootstrap.complete(QT)


def test_a_missing_notifier_stops_nothing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_machine(bootstrap, monkeypatch, root=False)
    bootstrap.offer_notifications()
    assert "Legwork works without it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["pytest"], {"runtime", "Qt", "tests"}),
        (["legwork"], {"runtime", "Qt"}),
        (["legwork", "run", "documents"], {"runtime"}),
        (["legwork", "serve"], {"runtime"}),
        (["legwork", "doctor"], set()),
    ],
)
def test_each_command_needs_of_the_system_only_what_it_uses(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    names: set[str],
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(bootstrap, "complete", lambda rows, *_: asked.extend(row[0] for row in rows))
    monkeypatch.setattr(bootstrap, "install", lambda environment, _lists: Path(environment.folder).mkdir())
    monkeypatch.setattr(bootstrap, "become", Become())
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setenv("LEGWORK_VENV", str(tmp_path / "venv"))
    monkeypatch.chdir(tmp_path)
    assert bootstrap.main(arguments) == 0
    assert "ensurepip" in asked
    signs = {"libgomp.so.1": "runtime", "libEGL.so.1": "Qt", "Xvfb": "tests"}
    assert {what for sign, what in signs.items() if sign in asked} == names


def test_what_is_there_is_seen(bootstrap: ModuleType) -> None:
    assert bootstrap.is_there("libc.so.6")
    assert bootstrap.is_there("ensurepip")
    assert bootstrap.is_there("sh")
    assert not bootstrap.is_there("libnosuchthing.so.9")
    assert not bootstrap.is_there("no-such-program")


def test_an_old_python_hands_over_to_a_fitting_one(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 10, 0))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    monkeypatch.setattr(bootstrap, "become", become := Become())
    assert bootstrap.main(["legwork", "doctor"]) == 0
    assert become.command[0] == "/usr/bin/python3.12"
    assert become.command[2:] == ["legwork", "doctor"]


def test_an_old_python_alone_says_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 0))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert bootstrap.main(["legwork"]) == 2
    assert "needs Python 3.11 to 3.14" in capsys.readouterr().err


def test_an_old_python_can_read_the_script() -> None:
    """What it cannot read it cannot explain."""
    ast.parse(BOOTSTRAP.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_windows_runs_the_program_and_returns_its_exit_code(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.os, "name", "nt")
    assert bootstrap.Environment("venv").python.endswith("python.exe")
    assert "Scripts" in bootstrap.Environment("venv").python
    assert bootstrap.become(sys.executable, ["-c", "raise SystemExit(3)"]) == 3
