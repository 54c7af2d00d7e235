"""Weights and the processes that run them. The doors of this package: `LocalModels`, and `LocalHardware`."""

from desktop.models.hardware import LocalHardware
from desktop.models.local_models import LocalModel, LocalModels

__all__ = ["LocalHardware", "LocalModel", "LocalModels"]
