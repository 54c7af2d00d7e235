"""Other programs that keep tasks in SQLite, measured beside Legwork.

They are no dependencies: each runs in an environment that is thrown away.
"""
