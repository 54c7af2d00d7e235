"""Unit tests of the set-up scripts."""
