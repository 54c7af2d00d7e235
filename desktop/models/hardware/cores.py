"""The processor's cores that may be used."""

import os

import psutil


def usable_cores() -> int:
    """As many as this process may use, and not more than there are: two threads on one core are no gain."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
