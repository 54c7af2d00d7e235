"""`legwork models`: what there is to think with, what could be had, and putting it on the shelf and off it."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from desktop.api.ownership import sole_owner
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import size
from desktop.engine import ModelInfo, Removal, UnknownModel
from desktop.models import LocalModels
from desktop.models.catalogue import CatalogueModel, Place, approximate_need, best_place, recommend
from desktop.paths import Paths, prepare
from desktop.settings import Settings
from desktop.settings_file import SettingsFile

GB: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsCommand:
    """Carries out the actions that are done at once."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    as_json: bool

    def list(self, *, found: bool) -> ExitCode:
        """One model a line, the default one first; or those of other programs."""
        from desktop.headless import all_models

        models = all_models(self.paths, self._kept)
        elsewhere = models.local.found_elsewhere()
        listed = elsewhere if found else models.installed()
        for model in listed:
            self._show(model)
        if not listed and not found:
            self.terminal.say(f"There is no model. Put a GGUF file into {self.paths.models}")
        if elsewhere and not found:
            self.terminal.say(
                f"{len(elsewhere)} more of other programs are on this machine: 'legwork models list --found'."
            )
        return ExitCode.COMPLETED

    def recommend(self, *, gigabytes: int | None, kind: str | None, on_gpu: bool) -> ExitCode:
        """One model of the catalogue a line, the best one first."""
        place = self._place_here(on_gpu=on_gpu) if gigabytes is None else Place(memory=gigabytes * GB)
        on_gpu = on_gpu or place.gpu is not None
        found = recommend(place.memory, on_gpu=on_gpu, kind=kind)
        for model in found:
            need = approximate_need(model)
            if self.as_json:
                self.terminal.print_json({**asdict(model), "need": need})
            else:
                self.terminal.print(_line(model, need))
        if not found:
            self.terminal.say(f"Nothing in the catalogue fits into {size(place.memory)} of memory.")
        elif not self.as_json:
            where = f" on {one_line(place.gpu.name)}" if place.gpu is not None else ""
            way = f"'legwork models get {found[0].id}' downloads the first."
            self.terminal.say(f"For {size(place.memory)} of memory{where}. {way}")
        return ExitCode.COMPLETED

    def add(self, path: str, name: str | None) -> ExitCode:
        """Use a file where it lies. `path` may be the name of a model that another program keeps."""
        prepare(self.paths)
        models = self._models()
        known = next((model for model in models.found_elsewhere() if model.name == path), None)
        added = models.add(Path(path), name) if known is None else models.add(Path(known.path), name or known.name)
        self._show(added)
        return ExitCode.COMPLETED

    def remove(self, name: str) -> ExitCode:
        """Take a model off the shelf, or give up its download; the engine that runs knows whether it is in use."""
        self._check_here(name)
        removal = here_or_there(
            self.paths, Patience(), lambda: self._remove_here(name), lambda engine: engine.remove_model(name)
        )
        if self.as_json:
            self.terminal.print_json(removal)
        elif removal.kept_at:
            self.terminal.print(one_line(f"{removal.name} is forgotten; its file stays: {removal.kept_at}"))
        else:
            self.terminal.print(one_line(f"{removal.name} is removed, {size(removal.freed)} are free again."))
        return ExitCode.COMPLETED

    def _place_here(self, *, on_gpu: bool) -> Place:
        """Where models run best here; where that is not a graphics card though there is one, it is said why."""
        from desktop.headless import local_hardware

        machine = asyncio.run(local_hardware(self.paths, self.settings).look())
        if machine.has_idle_gpu and not on_gpu:
            self.terminal.say(machine.advice)
        return best_place(machine)

    def _remove_here(self, name: str) -> Removal:
        from desktop.headless import local_models, model_keeper

        prepare(self.paths)
        with sole_owner(self.paths):
            keeper = model_keeper(local_models(self.paths, self._kept), self.paths, self._kept)
            return asyncio.run(keeper.remove(name))

    def _check_here(self, name: str) -> None:
        """Raise `UnknownModel` for a model on another server, which lies on no shelf."""
        from desktop.headless import all_models

        called = [model for model in all_models(self.paths, self._kept).installed() if name in (model.name, model.path)]
        if called and all(model.host for model in called):
            raise UnknownModel(
                f"{name} runs at {called[0].host}, so there is nothing here to remove; nothing was changed.",
                hint="Take it out of the settings instead: under Model servers in the window, or 'endpoints' in "
                f"{self.paths.settings}.",
            )

    @property
    def _kept(self) -> SettingsFile:
        return SettingsFile(self.paths.settings, self.settings)

    def _models(self) -> LocalModels:
        return LocalModels(self.paths.data, default=lambda: self.settings.default_model)

    def _show(self, model: ModelInfo) -> None:
        if self.as_json:
            self.terminal.print_json(model)
        else:
            facts = (
                [model.name, model.source] if model.host else [model.name, size(model.size), model.source, model.path]
            )
            self.terminal.print("  ".join(map(one_line, facts)))


def _line(model: CatalogueModel, need: int) -> str:
    facts = f"{model.parameters:g} B, {size(model.bytes)}, needs about {size(need)}, {model.licence}"
    return f"{model.id}  ({facts})  {model.about}"
