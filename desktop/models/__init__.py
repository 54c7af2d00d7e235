"""Weights on this machine, and the child processes that run them."""
