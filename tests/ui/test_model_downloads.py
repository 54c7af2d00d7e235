"""The page *Models* over the real keeper: a model comes from a hub on loopback, through trouble, and is used."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.models.catalogue import catalogue
from desktop.ui.bridge import Bridge
from desktop.ui.model_row import Section
from desktop.ui.models_dialog import ModelsDialog
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble
from tests.fakes.hub_server import Gate, HubServer, Refusal, Trouble, running_hub
from tests.fakes.small_shelf import keeper_of
from tests.fakes.tiny_gguf import write_tiny_model
from tests.ui.test_models import names, shown_buttons, turn_to

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")

ENTRY = catalogue()[0]


class HubOnThread:
    """A hub, and a keeper whose downloads come from it, on the loop of the engine."""

    def __init__(self, thread: EngineThreadDouble, folder: Path) -> None:
        self._thread = thread
        self.content = write_tiny_model(folder / "tiny.gguf").read_bytes()
        self.server = HubServer(files={ENTRY.address: self.content})
        self._running = running_hub(self.server)
        self._wait(self._running.__aenter__())
        self.keeper = keeper_of(folder / "data", hub=self.server.hub_address)

    def close(self) -> None:
        self._wait(self.keeper.downloads.close())
        self._wait(self._running.__aexit__(None, None, None))

    def _wait(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._thread.loop).result(timeout=20)


@pytest.fixture
def hub(engine_thread: EngineThreadDouble, tmp_path: Path) -> Iterator[HubOnThread]:
    hub = HubOnThread(engine_thread, tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def dialog(
    qtbot: QtBot,
    bridge: Bridge,
    theme: Theme,
    engine: EngineDouble,
    engine_thread: EngineThreadDouble,
    hub: HubOnThread,
) -> ModelsDialog:
    engine.depot = hub.keeper  # type: ignore[assignment]
    window = Window(bridge, theme)
    qtbot.addWidget(window)
    window.show()
    bridge.attach(engine, engine_thread.loop)  # type: ignore[arg-type]
    window.models.open()
    opened = window.findChild(ModelsDialog)
    assert opened is not None
    qtbot.waitUntil(lambda: bool(opened.model.rows))
    return opened


def eventually(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=20_000)


def test_a_model_comes_through_a_pause_and_a_broken_connection_and_is_here(
    qtbot: QtBot, dialog: ModelsDialog, hub: HubOnThread, engine_thread: EngineThreadDouble
) -> None:
    gate = Gate(pieces=4)
    hub.server.at_storage.extend([gate, Trouble.CUT])
    turn_to(qtbot, dialog, Section.ALL, ENTRY.name)
    dialog.buttons.get.click()
    eventually(qtbot, gate.held.is_set)
    eventually(qtbot, dialog.buttons.pause.isVisible)
    dialog.buttons.pause.click()
    eventually(qtbot, lambda: shown_buttons(dialog) == ["Resume", "Cancel…"])
    dialog.buttons.get.click()  # breaks off in the middle, and goes on by itself
    engine_thread.do(gate.opened.set)
    dialog.show_section(Section.INSTALLED)
    name = Path(ENTRY.file).stem
    eventually(qtbot, lambda: name in names(dialog))

    path = hub.keeper.downloads.folder / ENTRY.file
    assert path.read_bytes() == hub.content
    row = dialog.model.rows[names(dialog).index(name)]
    assert (row.key, row.model.licence) == (str(path), ENTRY.licence)
    eventually(qtbot, lambda: all(row.appraisal for row in dialog.model.rows))
    assert dialog.model.rows[0].appraisal.need > len(hub.content)  # type: ignore[union-attr]

    turn_to(qtbot, dialog, Section.INSTALLED, name)
    dialog.commands.confirm = lambda *_: True
    dialog.buttons.remove.click()
    eventually(qtbot, lambda: dialog.said.text().replace("\u200b", "").startswith(f"{name} is removed, "))
    assert not path.exists()


def test_a_hub_that_knows_no_such_model_is_quoted(qtbot: QtBot, dialog: ModelsDialog, hub: HubOnThread) -> None:
    hub.server.files.clear()
    turn_to(qtbot, dialog, Section.ALL, ENTRY.name)
    dialog.buttons.get.click()
    eventually(qtbot, lambda: "There is no" in dialog.about.text())
    assert ENTRY.file in dialog.about.text().replace("\u200b", "")
    assert shown_buttons(dialog) == ["Resume", "Cancel…"]
    dialog.buttons.cancel.click()
    eventually(qtbot, lambda: shown_buttons(dialog) == ["Download"])


def test_a_hub_that_gives_nothing_away_says_that_it_wants_a_token(
    qtbot: QtBot, dialog: ModelsDialog, hub: HubOnThread
) -> None:
    hub.server.at_hub.append(Refusal(403))
    turn_to(qtbot, dialog, Section.ALL, ENTRY.name)
    dialog.buttons.get.click()
    eventually(qtbot, lambda: "token" in dialog.about.text())


def test_what_ollama_keeps_is_used_under_the_name_that_it_has_there(
    qtbot: QtBot, dialog: ModelsDialog, hub: HubOnThread, tmp_path: Path
) -> None:
    home, digest = tmp_path / "data" / "home" / ".ollama" / "models", "a" * 64
    manifest = home / "manifests" / "registry.ollama.ai" / "library" / "tiny" / "1b"
    for folder in (manifest.parent, home / "blobs"):
        folder.mkdir(parents=True)
    (home / "blobs" / f"sha256-{digest}").write_bytes(hub.content)
    manifest.write_text(
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:' + digest + '"}]}'
    )
    turn_to(qtbot, dialog, Section.FOUND, "tiny:1b")
    dialog.buttons.use.click()
    dialog.show_section(Section.INSTALLED)
    eventually(qtbot, lambda: "tiny:1b" in names(dialog))
    dialog.show_section(Section.FOUND)
    assert names(dialog) == []
