"""Weights and the processes that run them.

The doors of this package: `LocalModels`, `EndpointModels`, `AllModels` for both, `LocalHardware`, and `ModelKeeper` for
a person.

Downloads are in `models.downloading`, which is imported where something is downloaded.
"""

from desktop.models.all_models import AllModels
from desktop.models.endpoints.choice import EndpointChoice
from desktop.models.endpoints.models import EndpointModels
from desktop.models.hardware import LocalHardware
from desktop.models.local_models import LocalModel, LocalModels

__all__ = ["AllModels", "EndpointChoice", "EndpointModels", "LocalHardware", "LocalModel", "LocalModels"]
