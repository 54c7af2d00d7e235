"""Runs scripts with a program, inside of the sandbox, and tells what they saw: a line of JSON each, behind a mark.

Reads `cases.json` ({"mark", "shell", "modules", "seconds", "scripts"}) from the folder it runs in, where the program
lies too. It imports nothing of Legwork, does not know what ought to be seen, and what it says proves no more than that
this program said so.
"""

import importlib
import io
import json
import numbers
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

MOST_CHARACTERS: Final = 4_000
MOST_WORDS: Final = 400  # characters of what an error says
MOST_DEEP: Final = 20

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


def main() -> None:
    """Say what each script saw."""
    report = silenced()
    order = json.loads(Path("cases.json").read_text("utf-8"))
    Path("cases.json").unlink()

    def say(**what: object) -> None:
        report.write(order["mark"] + json.dumps(what) + "\n")
        report.flush()

    sys.path.insert(0, str(Path.cwd()))
    try:
        names = limited(order["seconds"], lambda: names_of(order))
    except BaseException as error:  # noqa: BLE001 - whatever a program does is what is told of it
        say(broken=described(error, order["modules"]))
        return
    names["pytest"] = names["raises"] = None
    try:
        names["pytest"] = importlib.import_module("pytest")
        names["raises"] = names["pytest"].raises
    except ImportError:
        names["raises"] = Raises
        names["pytest"] = types.SimpleNamespace(raises=Raises)
    for index, script in enumerate(order["scripts"]):
        say(index=index, **seen_by(script, names, order))
    say(ended=True)


def names_of(order: dict[str, Any]) -> dict[str, Any]:
    """What the program defines."""
    if order["shell"]:
        return {"run": lambda *arguments, stdin="": ran(order["shell"], arguments, stdin)}
    names: dict[str, Any] = {}
    for module in order["modules"]:
        imported = importlib.import_module(module)
        names = dict(vars(imported)) | names
        names.setdefault(module.partition(".")[0], sys.modules[module.partition(".")[0]])
    return names


def ran(script: str, arguments: tuple[object, ...], stdin: str) -> Ran:
    """What the script did with these arguments."""
    words = ["sh", script, *map(str, arguments)]
    return Ran(subprocess.run(words, input=stdin, capture_output=True, text=True, check=False))  # noqa: S603 - inside of the sandbox


def silenced() -> Any:
    """Where the report goes; what the program prints, which is nobody's answer, goes nowhere."""
    report: Any
    try:
        report = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except (AttributeError, OSError):  # WebAssembly has no copies of open files
        report, sys.stdout = sys.stdout, io.StringIO()
    return report


def seen_by(script: str, names: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    """What one script saw, and what it ended with."""
    seen: list[tuple[int, str]] = []

    def saw(place: int, value: Any) -> Any:
        seen.append((place, shown(value)))
        return value

    found: dict[str, Any] = {"seen": seen, "raised": [], "error": ""}
    try:
        limited(order["seconds"], lambda: exec(script, {**names, "__saw__": saw}))  # noqa: S102 - what this is for
    except BaseException as error:  # noqa: BLE001
        found["raised"] = [kind.__name__ for kind in type(error).__mro__]
        found["error"] = described(error, order["modules"])
    return found


def shown(value: Any) -> str:
    """The value as Python writes it, as far as it has a plain form that equals it."""
    return repr(plain(value, MOST_DEEP))[:MOST_CHARACTERS]


def plain(value: Any, deep: int) -> Any:
    """A value of Python's own kinds that equals the given one, where there is such."""
    if deep and isinstance(value, dict):
        return {plain(name, deep - 1): plain(of, deep - 1) for name, of in value.items()}
    if deep and isinstance(value, list | tuple):
        items = [plain(each, deep - 1) for each in value]
        return items if isinstance(value, list) else tuple(items)
    if deep and isinstance(value, set | frozenset):
        return {plain(each, deep - 1) for each in value}
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, numbers.Number) and not isinstance(value, complex):
        try:
            return int(value) if value == int(value) else float(value)  # type: ignore[call-overload, arg-type]
        except (TypeError, ValueError, OverflowError):  # neither a number nor infinite
            return value
    return value


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


def described(error: BaseException, modules: list[str]) -> str:
    """The error in a line, with the line of the program where it came from."""
    where = ""
    ends = [module.replace(".", "/") for module in modules]
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if any(file.endswith((f"{end}.py", f"{end}/__init__.py")) for end in ends):
            where = f" (line {trace.tb_lineno})" if len(ends) == 1 else f" ({Path(file).name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        where = f" (line {error.lineno})"
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - the program's own class of errors
        words = ""
    return f"{type(error).__name__}: {words}"[:MOST_WORDS] + where


if __name__ == "__main__":
    main()
