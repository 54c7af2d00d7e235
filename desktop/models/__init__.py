"""Weights and the processes that run them.

The doors of this package: `LocalModels`, `LocalHardware`, and `ModelKeeper` for a person.

Downloads are in `models.downloading`, which is imported where something is downloaded.
"""

from desktop.models.hardware import LocalHardware
from desktop.models.local_models import LocalModel, LocalModels

__all__ = ["LocalHardware", "LocalModel", "LocalModels"]
