"""The `code` agent: writes a program with its tests, runs both in the sandbox, and says what passes."""
