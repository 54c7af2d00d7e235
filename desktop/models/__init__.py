"""Weights and the processes that run them. The door of this package: `LocalModels`."""

from desktop.models.local_models import LocalModel, LocalModels

__all__ = ["LocalModel", "LocalModels"]
