"""A llama-server that misbehaves on command: it takes its arguments, logs like it, and serves like `odd_runtime`.

Each start adds a line of JSON to `starts` beside the program: its arguments and its environment.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from tests.fakes.odd_runtime import Handler, Server, die, stop

CARD = "Test Card (GFX 9)"
HELP = """usage: llama-server [options]
-m,    --model FNAME                model path to load
--host HOST                         ip address to listen
--port PORT                         port to listen
-c,    --ctx-size N                 size of the prompt context
-np,   --parallel N                 number of server slots
-dev,  --device <dev1,dev2,..>      comma-separated list of devices
-ngl,  --gpu-layers N               max. number of layers to store in VRAM
--slots, --no-slots                 expose slots monitoring endpoint
"""
OFFLOADED = f"""0.01 I using device Vulkan0 ({CARD}) (0000:03:00.0) - 8192 MiB free
0.02 I srv          init: api_keys: ****cret
0.03 I load_tensors: offloaded 3/3 layers to GPU
"""
LAUNCHER = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.fakes.odd_server import main
main({folder!r}, {moods!r})
"""


def write_server(folder: Path, *moods: str) -> Path:
    """A program: the first start has the first mood, the second the next, and the last one stays."""
    folder.mkdir(exist_ok=True)
    path = folder / "llama-server"
    root = str(Path(__file__).parents[2])
    path.write_text(LAUNCHER.format(python=sys.executable, root=root, folder=str(folder), moods=moods or ("fine",)))
    path.chmod(0o755)
    return path


def starts(folder: Path) -> list[dict[str, Any]]:
    """The starts so far: `arguments` and `environment` of each."""
    return [json.loads(line) for line in (folder / "starts").read_text().splitlines()]


def main(folder: str, moods: tuple[str, ...]) -> None:
    """Be such a server."""
    arguments = sys.argv[1:]
    if "--help" in arguments:
        say(HELP)
    elif "--list-devices" in arguments:
        say(f"Available devices:\n  Vulkan0: {CARD} (8192 MiB, 8000 MiB free)\n")
    else:
        file = Path(folder) / "starts"
        with file.open("a") as out:
            out.write(json.dumps({"arguments": arguments, "environment": dict(os.environ)}) + "\n")
        number = len(file.read_text().splitlines())
        load(moods[min(number, len(moods)) - 1])


def load(mood: str) -> None:
    """What it does instead of loading a model, or after that."""
    match mood:
        case "lacks instructions":
            say("AMX is not ready to be used!\n")
            die(signal.SIGILL)
        case "runs out of memory":
            say("ggml_vulkan: Device memory allocation of size 4096 failed.\nvk::Device: ErrorOutOfDeviceMemory\n")
            sys.exit(1)
        case "lost the card":
            say(f'error while handling argument "--device": invalid device: Vulkan0\n\n{HELP}')
            sys.exit(1)
        case "knows no such cache":
            say(f'error while handling argument "--cache-type-k": odd\n\n{HELP}')
            sys.exit(1)
        case "can't read it":
            say("E load_model: failed to load model: unknown architecture\nI cleaning up\n")
            sys.exit(1)
        case "hangs":
            stop()
        case "puts nothing there":
            say("W no usable GPU found\nI load_tensors: offloaded 0/3 layers to GPU\n")
        case _:
            say(OFFLOADED)
    serve(mood)


def serve(mood: str) -> None:
    """Answer until somebody ends it."""
    Handler.mood = mood
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"I llama_server: listening on http://127.0.0.1:{server.server_port}\n")
    threading.Event().wait()


def say(text: str) -> None:
    """Log it."""
    print(text, end="", flush=True)  # noqa: T201 - whoever started it reads it
