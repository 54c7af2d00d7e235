"""Runs code that nobody has read: `desktop.sandbox.tried_sandbox.TriedSandbox`.

Nothing is imported here, since each execution starts a guard (`guarding`) that would have to wait for it.
"""
