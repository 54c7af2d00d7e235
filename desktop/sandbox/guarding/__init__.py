"""The guard: starts one sandboxed program, watches all that it starts, and ends it.

It is a process of its own beside each execution, with nothing but Python's own library, since every millisecond of its
start is one of each execution. It is a process for three reasons: orphans of the program fall to the nearest ancestor
that asks for them, which the engine may not be; it goes on watching when the engine is busy; and when the engine dies
it sees that, and cleans up.
"""
