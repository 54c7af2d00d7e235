"""Runs test cases against a program, inside of the sandbox: one line of JSON for each, behind a mark.

Reads `cases.json` ({"mark", "shell", "seconds", "cases": [{"source", "call"}]}) from the folder it runs in, where the
program lies too. It imports nothing of Legwork, and what it says proves no more than that this program said so.
"""

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

MODULE: Final = "solution"
MOST_CHARACTERS: Final = 400

T = TypeVar("T")


class OutOfTime(BaseException):
    """A case took too long. No program catches it by accident."""


class Raises:
    """Stands for pytest's own where that is not there: the block has to raise."""

    def __init__(self, expected: Any, match: str = "") -> None:
        self.expected = expected

    def __enter__(self) -> "Raises":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        if kind is None:
            raise AssertionError(f"{self.expected} was not raised")
        return issubclass(kind, self.expected)


class Ran:
    """What a script did: its standard output and error as text, and its exit code."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.stdout, self.stderr, self.code = done.stdout, done.stderr, done.returncode
        self.returncode = self.exit_code = done.returncode

    def __repr__(self) -> str:
        return f"{self.stdout!r}, code {self.code}"


def run(*arguments: object, stdin: str = "") -> Ran:
    """Run the script with these arguments."""
    words = ["sh", f"{MODULE}.sh", *map(str, arguments)]
    return Ran(subprocess.run(words, input=stdin, capture_output=True, text=True, check=False))  # noqa: S603 - inside of the sandbox


def main() -> None:
    """Say how each case went."""
    report = silenced()
    order = json.loads(Path("cases.json").read_text("utf-8"))
    Path("cases.json").unlink()

    def say(**what: object) -> None:
        report.write(order["mark"] + json.dumps(what) + "\n")
        report.flush()

    sys.path.insert(0, str(Path.cwd()))
    names: dict[str, Any] = {"run": run}
    if not order["shell"]:
        try:
            names |= limited(order["seconds"], lambda: public_names(importlib.import_module(MODULE)))
        except BaseException as error:  # noqa: BLE001 - whatever a program does is what is told of it
            say(broken=described(error))
            return
    names["pytest"] = names["raises"] = None
    try:
        names["pytest"] = importlib.import_module("pytest")
        names["raises"] = names["pytest"].raises
    except ImportError:
        names["raises"] = Raises
        names["pytest"] = types.SimpleNamespace(raises=Raises)
    for index, case in enumerate(order["cases"]):
        say(index=index, **limited_case(case, names, order["seconds"]))


def silenced() -> Any:
    """Where the report goes; what the program prints, which is nobody's answer, goes nowhere."""
    report: Any
    try:
        report = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except (AttributeError, OSError):  # WebAssembly has no copies of open files
        report, sys.stdout = sys.stdout, io.StringIO()
    return report


def public_names(module: types.ModuleType) -> dict[str, Any]:
    """What the module defines, and the modules that a package holds."""
    names = dict(vars(module))
    names[MODULE] = module
    return names


def limited_case(case: dict[str, str], names: dict[str, Any], seconds: float) -> dict[str, Any]:
    """How one case went."""
    found: dict[str, Any] = {"value": "", "passed": False, "error": ""}
    if case["call"]:
        try:
            found["value"] = limited(seconds, lambda: repr(eval(case["call"], dict(names))))[:MOST_CHARACTERS]  # noqa: S307
        except BaseException as error:  # noqa: BLE001
            found["value"] = "raises " + type(error).__name__
            if isinstance(error, OutOfTime):
                found["error"] = described(error)
                return found
    try:
        limited(seconds, lambda: exec(case["source"], dict(names)))  # noqa: S102 - what this is for
        found["passed"] = True
    except BaseException as error:  # noqa: BLE001
        found["error"] = described(error)
    return found


def limited(seconds: float, function: Callable[[], T]) -> T:
    """The function's value, as long as it takes no longer; where there is no alarm, the sandbox ends it all."""
    if not hasattr(signal, "setitimer"):
        return function()

    def stop(_number: int, _frame: object) -> None:
        raise OutOfTime(f"took longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def described(error: BaseException) -> str:
    """The error in a line, with the line of the program where it came from."""
    where = ""
    trace = error.__traceback__
    while trace is not None:
        if MODULE in Path(trace.tb_frame.f_code.co_filename).parts[-1].partition(".")[0]:
            where = f" (line {trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        where = f" (line {error.lineno})"
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - the program's own class of errors
        words = ""
    return f"{type(error).__name__}: {words}"[:MOST_CHARACTERS] + where


if __name__ == "__main__":
    main()
