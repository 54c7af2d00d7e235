"""Doubles of the ports, and generated files that stand in for real ones."""
