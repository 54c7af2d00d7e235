"""The runtime's process: llama.cpp's server over one model, until whoever started it is gone.

Run as a program: one line of JSON on standard input says what to load, one line of JSON on standard output says where
it listens (`{"address", "device", "gpu_layers"}`), why it can't load this model (`{"error"}`) or none at all
(`{"unusable"}`). When standard input closes, the process ends. It imports nothing of Legwork, so it starts quickly.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

PR_SET_PDEATHSIG: Final = 1
"""`prctl(2)`: the signal that the kernel sends to this process when its parent ends."""

LOG_SECONDS: Final = 0.3
"""What the runtime's log, which is written by a thread of its own, may take to say why a model was refused."""


def main() -> None:
    """Load what standard input asks for, serve it, and end with the parent."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code prints is log
    order = json.loads(sys.stdin.readline())
    end_with_parent(order["parent"])
    try:
        server, found = serve(order)
    except ImportError as error:
        say(report, {"unusable": str(error)})
        leave(1)
    except Exception as error:  # noqa: BLE001 - the edge of the process: the parent raises it
        say(report, {"error": str(error) or type(error).__name__})
        time.sleep(LOG_SECONDS)
        leave(1)
    say(report, {"address": server.listening_address, **found})
    threading.Event().wait()


def end_with_parent(parent: int, before: Callable[[], None] = lambda: None) -> None:
    """End when the parent does. Loading holds the interpreter, so a thread alone would notice only after it.

    `before` is called where there is time for it: the kernel gives none.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the kernel was asked
            leave(0)
    threading.Thread(target=leave_at_end_of_input, args=[before], name="parent watch", daemon=True).start()


def leave_at_end_of_input(before: Callable[[], None]) -> None:
    """Wait until standard input closes, then end."""
    while os.read(0, 4096):
        pass
    before()
    leave(0)


def leave(code: int) -> NoReturn:
    """End at once: threads in native code would hold up an orderly exit."""
    os._exit(code)


def serve(order: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A running server, and what it computes on."""
    import xllamacpp  # type: ignore[import-untyped]  # here: after the parent is watched

    card, place = wanted_card(xllamacpp.get_device_info(), order["device"])
    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {"m"}  # repeated with each token: short
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["api_key"]]
    params.n_parallel = order["slots"]
    params.n_ctx = order["slots"] * order["context_tokens"]
    params.kv_unified = False  # each slot has its context for itself, however full the others are
    params.n_batch = params.n_ubatch = order["batch"]
    params.n_gpu_layers = order["gpu_layers"]
    params.split_mode, params.main_gpu = xllamacpp.llama_split_mode.LLAMA_SPLIT_MODE_NONE, place
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type[f"GGML_TYPE_{order['cache'].upper()}"]
    params.fit_params = False  # it is known what fits
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["threads"]
    params.cache_ram_mib = order["kept_prompts_mib"]
    params.cont_batching = params.cache_prompt = params.endpoint_slots = params.endpoint_props = True
    params.endpoint_metrics = params.ui = False
    params.cors_origins = ""
    server = xllamacpp.Server(params)
    if order["gpu_layers"] and card:
        return server, {"device": card, "gpu_layers": order["gpu_layers"]}
    return server, {"device": f"CPU, {order['threads']} threads"}


def wanted_card(devices: Sequence[dict[str, Any]], name: str) -> tuple[str, int]:
    """What the card of that name is called, and its place among all cards; the first one where none has the name."""
    cards = [device for device in devices if "GPU" in str(device["type"])]
    place = next((place for place, card in enumerate(cards) if card["name"] == name), 0)
    return (cards[place]["description"] if cards else ""), place


def say(report: Any, message: dict[str, Any]) -> None:
    """Write one line to the parent."""
    report.write(json.dumps(message) + "\n")
    report.flush()


if __name__ == "__main__":
    main()
