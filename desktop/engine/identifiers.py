"""Names of things that last: tasks and their runs."""

from typing import NewType

TaskId = NewType("TaskId", str)
"""A ULID (26 characters of Crockford's base 32). Later tasks have greater identifiers, whatever the clock does."""

RunNumber = NewType("RunNumber", int)
"""1 for a task's first run, one more for each retry."""
