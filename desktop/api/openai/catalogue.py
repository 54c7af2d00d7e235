"""What can be named as a `model`: the kinds of task, and the models on this machine."""

import asyncio
from dataclasses import dataclass
from typing import Any

from desktop.engine import Engine, UnknownModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name, and whether it is that of a kind of task."""

    name: str
    is_kind: bool

    def shown(self) -> dict[str, Any]:
        """The entry as OpenAI's API lists models; nobody knows when the file of a model was made."""
        owner = "legwork" if self.is_kind else "local"
        return {"id": self.name, "object": "model", "created": 0, "owned_by": owner}


class Catalogue:
    """All that there is to choose from at the moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def entries(self) -> list[Entry]:
        """The kinds of task first, then the models with the default one first."""
        kinds = [Entry(name=kind, is_kind=True) for kind, _ in self._engine.kinds()]
        models = await asyncio.to_thread(self._engine.models)  # they lie in a folder
        return [*kinds, *(Entry(name=model.name, is_kind=False) for model in models)]

    async def find(self, name: str) -> Entry:
        """What is called so. Raises `UnknownModel`."""
        entries = await self.entries()
        for entry in entries:
            if entry.name == name:
                return entry
        names = ", ".join(entry.name for entry in entries)
        raise UnknownModel(f"No model and no kind of task is called {name!a}.", hint=f"Name one of these: {names}.")
