"""Readers, one module a format. They run in a child process, which imports only the one it needs."""
