"""The models in use, each with the gate to its slots."""

from desktop.engine.identifiers import TaskId
from desktop.engine.inference import Answer, LanguageModel, LoadedModel, Models, Prompt, Sign
from desktop.engine.model_call import ModelCall
from desktop.engine.plan import Activity
from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.slots import SlotGate


class GatedModel:
    """A model whose slots are shared by all tasks in the order of their rank."""

    def __init__(self, model: LanguageModel, clock: Clock) -> None:
        self.model = model
        self.heard = SignsOfLife()  # in all calls, whichever task they are of
        self._clock = clock
        self._gate: SlotGate | None = None
        self._calls: set[ModelCall] = set()

    @property
    def reads(self) -> bool:
        """Whether the model reads a prompt, no matter for which task: all others then wait for their next token."""
        return any(call.activity is Activity.READING for call in self._calls)

    async def load(self) -> LoadedModel:
        """The model as it is loaded."""
        loaded = await self.model.load()
        if self._gate is None:
            self._gate = SlotGate(loaded.slots, self._clock)
        return loaded

    async def answer(self, prompt: Prompt, call: ModelCall, priority: int, task_id: TaskId) -> Answer:
        """The answer of a model that has been loaded, as soon as it is the task's turn."""
        assert self._gate is not None  # noqa: S101 - set by load
        async with self._gate.slot(priority, task_id):
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


class ModelDesk:
    """Hands out each model behind one gate, however many tasks use it."""

    def __init__(self, models: Models, clock: Clock) -> None:
        self._models = models
        self._clock = clock
        self._open: dict[str, GatedModel] = {}

    def open(self, name: str | None) -> GatedModel:
        """The model of that name (None: the default one). Raises `UnknownModel`."""
        model = self._models.open(name)
        key = model.info.path
        if key not in self._open:
            self._open[key] = GatedModel(model, self._clock)
        return self._open[key]
