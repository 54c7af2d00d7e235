"""Puts a conversation to a model and keeps its answer."""
