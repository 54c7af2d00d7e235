"""What models can use on this machine. The door of this package: `LocalHardware` implements the engine's `Hardware`."""

from desktop.models.hardware.cores import usable_cores
from desktop.models.hardware.local import LocalHardware

__all__ = ["LocalHardware", "usable_cores"]
