"""A keeper of the models in a folder, as the composition root makes one, with a machine that never changes."""

from pathlib import Path

from desktop.engine import Hardware, ModelDefaults
from desktop.models import LocalModels
from desktop.models.appraiser import Appraiser
from desktop.models.downloading import Downloads, Hub, Patience
from desktop.models.keeper import ModelKeeper
from tests.fakes.fixed_hardware import FixedHardware
from tests.fakes.memory_defaults import MemoryDefaults


def keeper_of(
    folder: Path,
    *,
    hub: str = "http://127.0.0.1:9",
    defaults: ModelDefaults | None = None,
    hardware: Hardware | None = None,
) -> ModelKeeper:
    """The keeper of the models in a data folder, whose downloads come from that hub."""
    chosen = defaults or MemoryDefaults()
    models = LocalModels(folder, default=chosen.usual)
    downloads = Downloads(folder / "models", lambda: Hub(hub), patience=Patience(tries=2))
    return ModelKeeper(
        models=models,
        downloads=downloads,
        defaults=chosen,
        appraiser=Appraiser(hardware or FixedHardware(), models.load_factor),
        home=folder / "home",
    )
