"""The models in use, each with its turns."""

from collections.abc import Callable
from contextlib import suppress

from desktop.engine.depot import ModelDefaults
from desktop.engine.errors import UnknownModel
from desktop.engine.identifiers import TaskId
from desktop.engine.inference import Answer, LanguageModel, LoadedModel, Models, Prompt, Sign
from desktop.engine.model_call import ModelCall
from desktop.engine.model_turns import ModelTurns
from desktop.engine.neighbours import Neighbours
from desktop.engine.plan import Activity
from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.task import TaskRequest


class GatedModel:
    """A model that all tasks share in the order of their rank."""

    def __init__(self, model: LanguageModel, turns: ModelTurns, clock: Clock) -> None:
        self.model = model
        self.heard = SignsOfLife()  # in all calls, whichever task they are of
        self.load_seconds = 0.0  # that the last load took; 0 before the first
        self._turns = turns
        self._clock = clock
        self._lodger = turns.lodger(model)
        self._calls: set[ModelCall] = set()

    @property
    def reads(self) -> bool:
        """Whether the model reads a prompt, no matter for which task: all others then wait for their next token."""
        return any(call.activity is Activity.READING for call in self._calls)

    @property
    def pulse(self) -> int:
        """Another number than before whenever what a question waits for has shown that it lives.

        That is the model, or as long as it may not be loaded, those that have to go first.
        """
        return self.model.pulse if self._lodger.is_admitted else self._turns.pulse

    async def load(self, priority: int, task_id: TaskId) -> LoadedModel:
        """The model as it is loaded, once it may be."""
        async with self._turns.turn(self._lodger, priority, task_id):
            return await self._load()

    async def answer(self, prompt: Prompt, call: ModelCall, priority: int, task_id: TaskId) -> Answer:
        """The model's answer, as soon as it is the task's turn."""
        async with self._turns.turn(self._lodger, priority, task_id, takes_slot=True):
            await self._load()
            call.begin()
            self._calls.add(call)

            def hear(sign: Sign) -> None:
                self.heard.give()
                call.hear(sign)

            try:
                answer = await self.model.answer(prompt, hear)
            finally:
                self._calls.remove(call)
        call.finish(answer)
        return answer

    async def token_ends(self, text: str, priority: int, task_id: TaskId) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""
        async with self._turns.turn(self._lodger, priority, task_id):
            await self._load()
            return await self.model.token_ends(text)

    async def _load(self) -> LoadedModel:
        was_loaded, began = self.model.is_loaded, self._clock.monotonic()
        loaded = await self.model.load()
        if not was_loaded:
            self.load_seconds = self._clock.monotonic() - began
        self._turns.has_loaded(self._lodger, loaded)
        return loaded


class ModelDesk:
    """Hands out each model behind one gate, however many tasks use it."""

    def __init__(self, models: Models, clock: Clock, defaults: ModelDefaults | None = None) -> None:
        self._models = models
        self._clock = clock
        self._defaults = defaults
        self._turns = ModelTurns(models, clock)
        self._open: dict[str, GatedModel] = {}
        self._latest: dict[str | None, str | None] = {}  # files by the names under which they were opened last

    def open(self, name: str | None) -> GatedModel:
        """The model of that name (None: the default one). Raises `UnknownModel`."""
        model = self._models.open(name)
        key = model.info.path
        self._latest[name] = None if model.info.host else key
        if key not in self._open:
            self._open[key] = GatedModel(model, self._turns, self._clock)
        return self._open[key]

    def open_for(self, request: TaskRequest) -> GatedModel:
        """The model that the request names, else that of its kind, else the default one. Raises `UnknownModel`."""
        try:
            return self.open(self._wanted(request))
        except UnknownModel as error:
            if request.model or self._wanted(request) is None:
                raise
            raise UnknownModel(
                f"{error.message} It is the one that was chosen for tasks of the kind “{request.kind}”.",
                hint="Choose another one for them: on the page Models of the window, or as 'default_models' in the "
                "settings.",
            ) from error

    def path(self, request: TaskRequest) -> str | None:
        """The file of the model that `open_for` opens, as it was found last, which has to be in memory for it.

        None where there is no such model, or it is on another server.

        Asked for many tasks several times a second: it looks for the file only where nobody has yet.
        """
        wanted = self._wanted(request)
        if wanted not in self._latest:
            self._latest[wanted] = None
            with suppress(UnknownModel):
                self.open(wanted)
        return self._latest[wanted]

    def _wanted(self, request: TaskRequest) -> str | None:
        """The model that the request names, else the one that was chosen for its kind; None for the default one."""
        if request.model or self._defaults is None:
            return request.model
        return self._defaults.by_kind().get(request.kind)

    def name(self, path: str) -> str:
        """What a person calls the model in a file that was opened."""
        return self._open[path].model.info.name

    @property
    def loaded(self) -> frozenset[str]:
        """The files of the models that are loaded now."""
        return self._turns.loaded

    def load_seconds(self, path: str) -> float:
        """How long it took to load the model in that file, which was opened, the last time; 0 before the first."""
        return self._open[path].load_seconds

    def neighbours(self, on_news: Callable[[], None]) -> Neighbours:
        """What knows which models fit beside each other, and calls `on_news` when it knows more."""
        return Neighbours(self._models, self._clock, on_news)

    async def close(self) -> None:
        """Move no model in or out any more."""
        await self._turns.close()
