"""The models that a person chose, in memory: implements `ModelDefaults`."""

from collections.abc import Mapping


class MemoryDefaults:
    def __init__(self, usual: str | None = None, by_kind: Mapping[str, str] | None = None) -> None:
        self.chosen = usual
        self.of_kinds = dict(by_kind or {})

    def usual(self) -> str | None:
        return self.chosen

    def by_kind(self) -> Mapping[str, str]:
        return dict(self.of_kinds)

    def choose(self, kind: str | None, model: str | None) -> None:
        if kind is None:
            self.chosen = model
        elif model is None:
            self.of_kinds.pop(kind, None)
        else:
            self.of_kinds[kind] = model
