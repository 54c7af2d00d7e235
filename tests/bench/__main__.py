"""Benches: `python -m tests.bench NAME [--OPTION VALUE…]` prints what was measured, one JSON object a line.

A bench is a function of this package, named in `BENCHES`. Its parameters are its options. It returns a row (a dict) or
rows; it may be a coroutine function, or yield its rows one by one. Without a name, all benches are listed.
"""

import argparse
import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from types import UnionType
from typing import Any, Final, get_args

Bench = Callable[..., Any]

BENCHES: Final = {
    "accept": "tests.bench.accept:accept",
    "burst": "tests.bench.burst:burst",
    "cancel": "tests.bench.cancel:cancel",
    "cold_start": "tests.bench.cold_start:measure",
    "errands": "tests.bench.errands.evaluation:errands",
    "first_step": "tests.bench.first_step:first_step",
    "fit": "tests.bench.fit:fit",
    "four_documents": "tests.bench.four_documents:four_documents",
    "growth": "tests.bench.growth:measure",
    "import_times": "tests.bench.import_times:import_times",
    "interleaved": "tests.bench.interleaved:interleaved",
    "invoices": "tests.bench.invoices.evaluation:invoices",
    "long_run": "tests.bench.long_run:measure",
    "memory": "tests.bench.memory:measure",
    "mixed_documents": "tests.bench.mixed_documents.evaluation:mixed_documents",
    "peers": "tests.bench.peers.comparison:peers",
    "polling": "tests.bench.listeners:polling",
    "programs": "tests.bench.programs.evaluation:programs",
    "questions": "tests.bench.questions.evaluation:questions",
    "readers": "tests.bench.listeners:readers",
    "recovery": "tests.bench.recovery:recovery",
    "sandbox": "tests.bench.sandbox:sandbox",
    "slots": "tests.bench.slots:slots",
    "speculation": "tests.bench.speculation:speculation",
    "store": "tests.bench.store:accept",
    "switched_off": "tests.bench.switched_off:switched_off",
    "throughput": "tests.bench.throughput:throughput",
    "unstated": "tests.bench.invoices.evaluation:unstated",
    "window_latency": "tests.bench.window_latency:measure",
}


def find(name: str) -> Bench:
    """The bench of that name."""
    module, _, function = BENCHES[name].partition(":")
    found: Bench = getattr(importlib.import_module(module), function)
    return found


def make_parser(name: str, bench: Bench) -> argparse.ArgumentParser:
    """An option for each of the bench's parameters, with its type and default."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.bench {name}",
        description=inspect.getdoc(bench),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for parameter in inspect.signature(bench).parameters.values():
        if parameter.annotation is bool:
            parser.add_argument(f"--{parameter.name.replace('_', '-')}", action="store_true", help=" ")
            continue
        required = parameter.default is inspect.Parameter.empty
        parser.add_argument(
            f"--{parameter.name.replace('_', '-')}",
            type=_type_of(parameter.annotation),
            required=required,
            default=None if required else parameter.default,
            help=" ",
        )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the bench that is named first."""
    if not words or words[0] not in BENCHES:
        for name in BENCHES:
            about = (inspect.getdoc(find(name)) or "").partition("\n")[0]
            sys.stderr.write(f"{name:<15} {about}\n")
        return 2 if words else 0
    bench = find(words[0])
    options = vars(make_parser(words[0], bench).parse_args(words[1:]))
    measured = bench(**options)
    if inspect.isasyncgen(measured):
        asyncio.run(_say_each(words[0], measured))
    else:
        rows = asyncio.run(measured) if inspect.iscoroutine(measured) else measured
        _say(words[0], [rows] if isinstance(rows, dict) else rows)
    return 0


def _type_of(annotation: Any) -> Any:
    if isinstance(annotation, UnionType):
        return next(kind for kind in get_args(annotation) if kind is not type(None))
    return annotation


async def _say_each(name: str, rows: AsyncIterator[dict[str, Any]]) -> None:
    async for row in rows:
        _say(name, [row])


def _say(name: str, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(json.dumps({"bench": name, **row}, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
