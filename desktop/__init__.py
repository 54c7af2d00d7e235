"""Legwork: long jobs for a local language model, on the machine of the person who asked for them."""

__version__ = "0.1.0"
