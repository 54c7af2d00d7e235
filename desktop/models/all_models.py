"""The models on this machine together with those on the servers that the person listed: implements `Models`."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from desktop.engine import LanguageModel, ModelInfo, RuntimeStatus, UnknownModel
from desktop.models.endpoints.models import EndpointModels
from desktop.models.local_models import LocalModels


class AllModels:
    """Those here come first, and a name means the one here where both have it.

    Who names no model gets one here, unless `default`, the person's choice at that moment, names one elsewhere: nothing
    leaves this machine because a model was missing.
    """

    def __init__(self, local: LocalModels, endpoints: EndpointModels, *, default: Callable[[], str | None]) -> None:
        self.local = local
        self._endpoints = endpoints
        self._default = default

    def installed(self) -> tuple[ModelInfo, ...]:
        """All models that could be asked; the default one first where there is one."""
        here, there, default = self.local.installed(), self._endpoints.installed(), self._default()
        if self._is_here(default):
            return (*here, *there)
        first = [model for model in there if default in (model.name, model.path)][:1]
        return (*first, *here, *(model for model in there if model not in first))

    def open(self, name: str | None) -> LanguageModel:
        """The model of that name, or with that path (None: the default one). Raises `UnknownModel`."""
        wanted = self._default() if name is None else name
        there = None if wanted is None or self._is_here(wanted) else self._endpoints.find(wanted)
        if there is not None:
            return there
        try:
            return self.local.open(wanted)
        except UnknownModel as error:
            who = " It is the default one in the settings." if name is None and wanted is not None else ""
            names = ", ".join(model.name for model in self._endpoints.installed())
            hint = f"{error.hint} On other servers there are: {names}." if names else error.hint
            raise UnknownModel(f"{error.message}{who}", hint=hint) from error

    def status(self) -> RuntimeStatus:
        """What is done now, here or there: what was used last speaks for both. Memory is that of this machine."""
        here, there = self.local.status(), self._endpoints.status()
        is_there = self._endpoints.last_used > self.local.last_used
        first, second = (there, here) if is_there else (here, there)
        return replace(
            here,
            model=first.model or second.model,
            loading=first.loading or second.loading,
            problem=first.problem or second.problem,
        )

    async def fit_together(self, paths: Sequence[str]) -> bool:
        """Whether those of them that are here can be in memory at the same time: one elsewhere takes no room."""
        return await self.local.fit_together([path for path in paths if not self._endpoints.has(path)])

    async def close(self) -> None:
        """End every runtime, and hang up everywhere."""
        await self.local.close()
        await self._endpoints.close()

    def _is_here(self, name: str | None) -> bool:
        return name is None or any(name in (model.name, model.path) for model in self.local.installed())
