"""The reader's process: it opens the documents that it is asked for, until whoever started it is gone.

Run as a program with three numbers: the parent's process identifier, the bytes of memory that it may use, and the bytes
of text that a document may hold. Requests come on standard input and answers go to standard output, as `messages` says.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""`prctl(2)`: the signal that the kernel sends to this process when its parent ends."""


def main() -> None:
    """Read what standard input asks for, and end with the parent."""
    parent, memory_bytes, max_text_bytes = (int(each) for each in sys.argv[1:])
    end_with_parent(parent)
    limit_memory(memory_bytes)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever native code prints is no answer
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path.insert(0, str(Path(__file__).parents[2]))  # Legwork need not be installed

    from desktop.tools.reading.limits import Limits  # here: after the parent is watched
    from desktop.tools.reading.worker import serve

    serve(requests, answers, Limits(memory_bytes=memory_bytes, max_text_bytes=max_text_bytes))


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process with its parent: one that is stuck does not see that standard input closed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(0)


def limit_memory(memory_bytes: int) -> None:
    """Let allocations fail beyond this, where the system can; the parent's limit on time holds everywhere."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would keep the document, and takes long to write
    with suppress(ValueError, OSError):  # macOS refuses it, and so does whoever set a lower one
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    main()
