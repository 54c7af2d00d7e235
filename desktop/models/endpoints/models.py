"""The models of all servers that the person listed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.engine import Clock, ModelInfo, RuntimeStatus, SystemClock
from desktop.models.endpoints.choice import EndpointChoice
from desktop.models.endpoints.patience import EndpointLimits

if TYPE_CHECKING:
    from desktop.models.endpoints.model import EndpointModel, FindKey

_LIMITS: Final = EndpointLimits()


class EndpointModels:
    """Knows them by what `choices` gives at the time of asking, so that what is changed in the settings holds at once.

    `find_key` gives the key for a server. None of these models is anybody's default: who wants one names it.
    """

    def __init__(
        self,
        choices: Callable[[], tuple[EndpointChoice, ...]],
        find_key: "FindKey",
        *,
        clock: Clock | None = None,
        limits: EndpointLimits = _LIMITS,
    ) -> None:
        self._choices = choices
        self._find_key = find_key
        self._clock = clock or SystemClock()
        self._limits = limits
        self._models: dict[str, EndpointModel] = {}

    def installed(self) -> tuple[ModelInfo, ...]:
        """All of them, in the order of the settings. No server is asked."""
        return tuple(info for choice in self._choices() for info in choice.infos())

    def find(self, name: str) -> "EndpointModel | None":
        """The model of that name, or with that path; None where there is none."""
        for choice in self._choices():
            for model, info in zip(choice.models or ("",), choice.infos(), strict=True):
                if name in (info.name, info.path):
                    return self._opened(choice, model, info)
        return None

    def has(self, path: str) -> bool:
        """Whether the model with that path was opened here, be it in the settings still or not."""
        return path in self._models

    @property
    def last_used(self) -> float:
        """When one was used last, by the clock for durations."""
        return max((model.last_used for model in self._models.values()), default=0.0)

    def status(self) -> RuntimeStatus:
        """What they do now: the one used last speaks for all."""
        models = sorted(self._models.values(), key=lambda model: model.last_used, reverse=True)
        return RuntimeStatus(
            model=next((model.remote.loaded for model in models if model.remote is not None), None),
            loading=next((model.info.name for model in models if model.is_loading), None),
            problem=next((model.problem for model in models if model.problem), ""),
        )

    async def close(self) -> None:
        """Hang up everywhere."""
        for model in self._models.values():
            await model.unload()

    def _opened(self, choice: EndpointChoice, model: str, info: ModelInfo) -> "EndpointModel":
        if info.path not in self._models:
            from desktop.models.endpoints.model import EndpointModel  # brings the HTTP client

            self._models[info.path] = EndpointModel(
                choice,
                model,
                self._find_key,
                self._clock,
                limits=self._limits,
                is_listed=lambda: self._lists(choice, model),
            )
        return self._models[info.path]

    def _lists(self, choice: EndpointChoice, model: str) -> bool:
        """Whether the person still wants that model asked at that server."""
        return any(
            (each.name, each.base) == (choice.name, choice.base) and model in (each.models or ("",))
            for each in self._choices()
        )
