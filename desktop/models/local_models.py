"""The models on this machine: implements `Models` and `LanguageModel`."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.engine import (
    Answer,
    Clock,
    Hardware,
    LoadedModel,
    ModelInfo,
    ModelUnavailable,
    Prompt,
    Removal,
    RuntimeStatus,
    Sign,
    StorageFailed,
    SystemClock,
    UnknownModel,
)
from desktop.models import shelf
from desktop.models.choosing import RuntimeChooser
from desktop.models.elsewhere import found_elsewhere
from desktop.models.fit import MeasuredLoads, Wishes
from desktop.models.gguf_name import MODEL_SUFFIXES, SUFFIX
from desktop.models.keeping import ModelInUse, add_model, remove_model
from desktop.models.limits import ANSWER_SECONDS, PROGRAM, RuntimeLimits
from desktop.models.programs import RuntimeProgram, built_in, for_old_models
from desktop.models.side_by_side import Candidate, fit_side_by_side, without
from desktop.models.weights import read_weights

if TYPE_CHECKING:
    from desktop.models.runtime import RunningRuntime, Runtime

FOLDER: Final = "models"
_RUNTIME: Final = "desktop.models.runtime"


def _no_choice() -> None:
    """Nobody chose a model."""


class LocalModel:
    """One model, run by a child process of its own."""

    def __init__(
        self,
        info: ModelInfo,
        limits: RuntimeLimits,
        clock: Clock,
        *,
        chooser: RuntimeChooser | None = None,
        measured: MeasuredLoads | None = None,
    ) -> None:
        self._info = info
        self._limits = limits
        self._clock = clock
        self._chooser = chooser
        self._measured = measured
        self._runtime: Runtime | None = None

    @property
    def info(self) -> ModelInfo:
        """The model's name, file and size."""
        return self._info

    @property
    def runtime(self) -> "Runtime":
        """Keeps the process. The first one in a program brings the HTTP client with it; see `_use`."""
        if self._runtime is None:
            from desktop.models.runtime import Runtime

            self._runtime = Runtime(
                self._info.name,
                Path(self._info.path),
                self._limits,
                self._clock,
                chooser=self._chooser,
                measured=self._measured,
            )
        return self._runtime

    @property
    def used_runtime(self) -> "Runtime | None":
        """The same, None where nobody used the model yet."""
        return self._runtime

    @property
    def pulse(self) -> int:
        """Another number than before whenever the runtime has shown that it lives: it loads, computes or answers."""
        return 0 if self._runtime is None else self._runtime.pulse

    @property
    def is_loaded(self) -> bool:
        """Whether it is in memory, or on its way there."""
        return self._runtime is not None and (self._runtime.running is not None or self._runtime.is_starting)

    async def unload(self) -> None:
        """Give the memory back that the model takes; nobody may be using it. Does nothing to one that is not loaded."""
        if self._runtime is not None:
            await self._runtime.end()

    @property
    def memory(self) -> int:
        """Bytes that the runtime's process holds now; 0 where none runs."""
        running = None if self._runtime is None else self._runtime.running
        return 0 if running is None else running.process.memory

    def drop(self, reason: str) -> None:
        """End the runtime whatever it does; calls in it fail with the reason, and the next one starts another."""
        if self._runtime is not None:
            self._runtime.drop(reason)

    async def load(self) -> LoadedModel:
        """Start the runtime unless it runs. Raises `ModelUnavailable`, `RuntimeUnusable` or `RuntimeFailed`."""
        async with self._use() as running:
            return running.loaded

    async def answer(self, prompt: Prompt, on_sign: Callable[[Sign], None] | None = None) -> Answer:
        """Answer a prompt. Raises `PromptTooLong`, `PromptRefused`, or what `load` raises."""
        async with self._use() as running:
            answer = await running.chat.answer(prompt, on_sign)
        self.runtime.answered()
        return answer

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets. Raises like `load`."""
        async with self._use() as running:
            return await running.token_ends(text)

    @asynccontextmanager
    async def _use(self) -> AsyncIterator["RunningRuntime"]:
        """A runtime to ask; the HTTP client is imported on a thread, since the loop has others to serve meanwhile."""
        if self._runtime is None:
            await asyncio.to_thread(importlib.import_module, _RUNTIME)
        async with self.runtime.use() as running:
            yield running


class LocalModels:
    """The starter model, and those that a person put into the data folder's `models`.

    Of one event loop: models are opened, used and closed on the loop that loads them. `default` is asked each time for
    the model, or its file, that whoever names none gets (None: the largest that was added, else the starter). `program`
    starts the built-in runtime; `servers` are those that there are beside it. Without `hardware` no GPU is used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        default: Callable[[], str | None] = _no_choice,
        idle_seconds: float = 300.0,
        silent_seconds: float = 180.0,
        load_seconds: float = 600.0,
        answer_seconds: float = ANSWER_SECONDS,
        slots: int = 4,
        context_tokens: int | None = None,
        clock: Clock | None = None,
        program: tuple[str, ...] = PROGRAM,
        servers: Sequence[RuntimeProgram] = (),
        hardware: Hardware | None = None,
    ) -> None:
        self._folder = None if folder is None else folder / FOLDER
        self._default = default
        self._limits = RuntimeLimits(
            slots=slots,
            context_tokens=context_tokens,
            idle_seconds=idle_seconds,
            silent_seconds=silent_seconds,
            load_seconds=load_seconds,
            answer_seconds=answer_seconds,
            program=program,
        )
        self._clock = clock or SystemClock()
        self._chooser = RuntimeChooser((built_in(program), *servers, for_old_models()), hardware)
        self._measured = MeasuredLoads(folder)
        self._models: dict[str, LocalModel] = {}

    def installed(self) -> tuple[ModelInfo, ...]:
        """All models that could be loaded: the default one first, then the largest, and the starter last."""
        starter = shelf.starter_model()
        found = [*shelf.added_models(self._folder), *([starter] if starter is not None else [])]
        chosen = self._default()
        default = None if chosen is None else self._named(chosen, found)
        if default is None or not default.size:
            return tuple(found)
        return (default, *(model for model in found if model != default))

    def usual(self) -> ModelInfo | None:
        """The default one; None where it is not here, be it gone or on another server."""
        with suppress(UnknownModel):
            return self._find(None)
        return None

    def open(self, name: str | None) -> LocalModel:
        """The model of that name, or in that file (None: the default one). Raises `UnknownModel`."""
        info = self._find(name)
        if info.path not in self._models:
            self._models[info.path] = LocalModel(
                info, self._limits, self._clock, chooser=self._chooser, measured=self._measured
            )
        return self._models[info.path]

    @property
    def last_used(self) -> float:
        """When a model was used last, by the clock for durations."""
        return max((runtime.last_used for runtime in self._runtimes()), default=0.0)

    def status(self) -> RuntimeStatus:
        """What the runtimes do now: the one used last speaks for all, memory is the sum."""
        runtimes = sorted(self._runtimes(), key=lambda one: one.last_used)
        running = [found for runtime in runtimes if (found := runtime.running) is not None]
        return RuntimeStatus(
            model=running[-1].loaded if running else None,
            loading=next((runtime.name for runtime in runtimes if runtime.is_starting), None),
            memory=sum(found.process.memory for found in running),
            problem=next((runtime.problem for runtime in reversed(runtimes) if runtime.problem), ""),
        )

    async def fit_together(self, paths: Sequence[str]) -> bool:
        """Whether the models in these files can be in memory at the same time, each as well as it would be alone.

        What is loaded now would go. A file that can't be read counts as none: loading it says why.
        """
        room, candidates = await asyncio.gather(self._chooser.room(), asyncio.to_thread(self._candidates, paths))
        loaded = [found.takes for runtime in self._runtimes() if (found := runtime.running) is not None]
        wishes = Wishes(slots=self._limits.slots, context_tokens=self._limits.context_tokens)
        return fit_side_by_side(candidates, without(room, loaded), wishes)

    def _candidates(self, paths: Sequence[str]) -> list[Candidate]:
        found = []
        for path in paths:
            with suppress(ModelUnavailable):
                weights = read_weights(Path(path))
                found.append(Candidate(shape=weights.shape, factor=self._measured.factor(weights.key)))
        return found

    def add(self, path: Path, name: str | None = None) -> ModelInfo:
        """Put a model file on the shelf where it lies, without a copy. Raises like `keeping.add_model`."""
        return add_model(self._shelf(), path, name)

    def remove(self, name: str) -> Removal:
        """Take a model off the shelf. Raises `ModelInUse` while it is loaded, or like `keeping.remove_model`."""
        for path, model in tuple(self._models.items()):
            if model.is_loaded and name in (model.info.name, path):
                raise ModelInUse(
                    f"{model.info.name} is loaded right now, so it was not removed.",
                    hint="Wait until no task uses it. It is unloaded some minutes after the last one.",
                )
        return remove_model(self._shelf(), name)

    def found_elsewhere(self, home: Path | None = None) -> tuple[ModelInfo, ...]:
        """What other programs keep on this machine, without what is on the shelf already."""
        here = {Path(model.path).resolve() for model in self.installed()}
        found = found_elsewhere(home or Path.home(), os.environ)
        return tuple(model for model in found if Path(model.path).resolve() not in here)

    def load_factor(self, key: str) -> float:
        """What loads of the model with that key (see `Weights`) took here, over what was expected; 1 before any."""
        return self._measured.factor(key)

    async def close(self) -> None:
        """End every runtime."""
        for runtime in self._runtimes():
            await runtime.end()

    def _runtimes(self) -> list["Runtime"]:
        return [runtime for model in self._models.values() if (runtime := model.used_runtime) is not None]

    def _shelf(self) -> Path:
        if self._folder is None:
            raise StorageFailed("There is no folder for models.", hint="Start Legwork with a data folder.")
        return self._folder

    def _find(self, name: str | None) -> ModelInfo:
        installed = self.installed()
        wanted = self._default() if name is None else name
        if wanted is None and not installed:
            raise UnknownModel("There is no model on this machine.", hint=f"Put a {SUFFIX} file into {self._folder}.")
        found = installed[0] if wanted is None else self._named(wanted, installed)
        if found is None:
            names = ", ".join(model.name for model in installed)
            who = "" if name is not None else " It is the default one in the settings."
            raise UnknownModel(
                f"No model is called {wanted!r}.{who}",
                hint=f"Name one of these, or the path of a {SUFFIX} file: {names}.",
            )
        return found

    def _named(self, name: str, models: Iterable[ModelInfo]) -> ModelInfo | None:
        """The one of that name or in that file, be it one of `models` or not; None where nothing is called so."""
        for model in models:
            if name in (model.name, model.path):
                return model
        is_file = name.endswith(MODEL_SUFFIXES)
        return shelf.describe(Path(name).expanduser().absolute()) if is_file else None
