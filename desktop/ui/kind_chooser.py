"""The choice of the kind of task: suggested until the person chooses, and never changed after that."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.chooser import Chooser
from desktop.ui.kind_suggestion import DOCUMENTS, Suggestion

KEY: Final = "Ctrl+J"
"""Takes a suggestion back, or takes it up again."""

SUGGESTED: Final = "suggested"
_AUTOMATIC: Final = "As words and files suggest"


class KindChooser(Chooser):
    """`kind_changed(str)` is emitted when another kind is shown, whoever changed it."""

    kind_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Kind of task", "Documents", strong=True, parent=parent)
        self._titles: Mapping[str, str] = {DOCUMENTS: "Documents"}
        self._usual = DOCUMENTS  # where nothing is suggested
        self._kind = DOCUMENTS
        self._is_chosen = False
        self._suggestion: Suggestion | None = None
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)  # the model's name gives way to it
        self.chosen.connect(self.choose)

    @property
    def kind(self) -> str:
        """The kind that is shown, and that a task is started as."""
        return self._kind

    @property
    def titles(self) -> Mapping[str, str]:
        """The kinds that there are, and what they are called."""
        return self._titles

    @property
    def is_chosen(self) -> bool:
        """Whether the person has chosen it: then it stays."""
        return self._is_chosen

    def offer_kinds(self, titles: Mapping[str, str]) -> None:
        """Say which kinds there are, the usual one first, and what they are called."""
        self._titles = titles
        first = next(iter(titles), self._usual)
        if self._usual not in titles:
            self._usual = first
        if self._kind not in titles:
            self._is_chosen = False
        if not self._is_chosen:
            self._follow()
        self._refresh()

    def suggest(self, suggestion: Suggestion | None) -> None:
        """Suggest a kind, or none."""
        if suggestion == self._suggestion:
            return
        self._suggestion = suggestion
        if not self._is_chosen:
            self._follow()
        self._refresh()

    def choose(self, kind: str) -> None:
        """The person wants this kind."""
        self._is_chosen = True
        self._show_kind(kind)
        self._refresh()

    def toggle(self) -> None:
        """Take the suggestion back, or up: what is shown then is the person's choice."""
        suggested = self._usual if self._suggestion is None else self._suggestion.kind
        self.choose(self._usual if self._kind == suggested else suggested)

    def begin_anew(self) -> None:
        """A task was started: the next one begins with the same kind, and words and files may speak again."""
        self._usual, self._is_chosen = self._kind, False
        self._refresh()

    def _follow(self) -> None:
        self._show_kind(self._usual if self._suggestion is None else self._suggestion.kind)

    def _follow_again(self) -> None:
        self._is_chosen = False
        self._follow()
        self._refresh()

    def _show_kind(self, kind: str) -> None:
        if kind != self._kind:
            self._kind = kind
            self.kind_changed.emit(kind)

    def _refresh(self) -> None:
        menu = self.offer([(title, kind) for kind, title in self._titles.items()], self._kind)
        menu.addSeparator()
        automatic = menu.addAction(_AUTOMATIC, self._follow_again)
        automatic.setCheckable(True)
        automatic.setChecked(not self._is_chosen)
        self.show_choice(self._titles.get(self._kind, self._kind.capitalize()), self._note(), self._about())

    def _note(self) -> str:
        return "" if self._is_chosen or self._suggestion is None else SUGGESTED

    def _about(self) -> str:
        if self._suggestion is None:
            return ""
        because = f"because of {self._suggestion.because}"
        if not self._is_chosen:
            return f", suggested {because}. {KEY} takes that back."
        if self._kind == self._suggestion.kind:
            return f", chosen by you. It would be suggested too, {because}."
        named = self._titles.get(self._suggestion.kind, self._suggestion.kind)
        return f", chosen by you. {KEY} takes {named}, suggested {because}."
