"""The models that the person chose, as the settings hold them at this moment: implements `ModelDefaults`."""

from collections.abc import Mapping
from dataclasses import replace

from desktop.settings_file import SettingsFile


class ChosenModels:
    """Which model a task uses that names none."""

    def __init__(self, file: SettingsFile) -> None:
        self._file = file

    def usual(self) -> str | None:
        """The one of whatever kind has none of its own; None where nobody chose any."""
        return self._file.current().default_model

    def by_kind(self) -> Mapping[str, str]:
        """Those that were chosen for one kind of task, by that kind."""
        return self._file.current().default_models

    def choose(self, kind: str | None, model: str | None) -> None:
        """Use that model from now on, for that kind of task or (None) as the usual one. Raises `StorageFailed`."""
        settings = self._file.current()
        if kind is None:
            self._file.save(replace(settings, default_model=model))
            return
        others = {each: chosen for each, chosen in settings.default_models.items() if each != kind}
        self._file.save(replace(settings, default_models=others if model is None else {**others, kind: model}))
