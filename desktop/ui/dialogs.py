"""The few questions and pages that stand before the window."""

from html import escape
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QMessageBox, QTextBrowser, QVBoxLayout, QWidget

from desktop import __version__

DOCUMENTS = (
    "Documents (*.pdf *.docx *.xlsx *.xls *.ods *.pptx *.html *.htm *.epub *.csv *.md *.txt *.eml);;All files (*)"
)

TESTS = "Tests in Python (*.py);;All files (*)"

TEMPLATES = "Templates (*.json *.toml);;All files (*)"

MODELS = "Models (*.gguf);;All files (*)"


def ask_for_files(parent: QWidget) -> list[Path]:
    """Files that the person chooses; none if they change their mind."""
    return [Path(name) for name in QFileDialog.getOpenFileNames(parent, "Add files", str(Path.home()), DOCUMENTS)[0]]


def ask_for_folder(parent: QWidget) -> list[Path]:
    """A folder that the person chooses; none if they change their mind."""
    name = QFileDialog.getExistingDirectory(parent, "Add a folder", str(Path.home()))
    return [Path(name)] if name else []


def ask_for_tests(parent: QWidget) -> list[Path]:
    """A file of tests that the person chooses; none if they change their mind."""
    name = QFileDialog.getOpenFileName(parent, "Tests from a file", str(Path.home()), TESTS)[0]
    return [Path(name)] if name else []


def ask_for_templates(parent: QWidget) -> list[Path]:
    """A file of templates that the person chooses; none if they change their mind."""
    name = QFileDialog.getOpenFileName(parent, "Import templates", str(Path.home()), TEMPLATES)[0]
    return [Path(name)] if name else []


def ask_where_to_export(parent: QWidget, name: str) -> list[Path]:
    """Where the person wants a template; nowhere if they change their mind."""
    chosen = QFileDialog.getSaveFileName(parent, "Export the template", str(Path.home() / name), TEMPLATES)[0]
    return [Path(chosen)] if chosen else []


def ask_for_models(parent: QWidget) -> list[Path]:
    """Model files that the person chooses; none if they change their mind."""
    return [Path(name) for name in QFileDialog.getOpenFileNames(parent, "Add models", str(Path.home()), MODELS)[0]]


def ask_to_quit(parent: QWidget, workload: str) -> bool:
    """Whether to quit though there is work."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Legwork")
    box.setText("Tasks are not finished.")
    box.setInformativeText(
        f"{workload}. This desktop has no tray to go on in. What is finished is kept, and the tasks go on "
        "where they stopped at the next start."
    )
    leave = box.addButton("Quit and continue at next start", QMessageBox.ButtonRole.AcceptRole)
    stay = box.addButton("Keep open", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    return box.clickedButton() is leave


def tell_of_loss(said: str) -> None:
    """Say what could not be written before the program ended; the window is closed already."""
    QMessageBox.warning(None, "Legwork", said)


def ask_to_remove(parent: QWidget, what: str) -> bool:
    """Whether to remove something for good, which can't be undone."""
    return confirm(parent, "Delete for good?", f"{what} will be gone. This can't be undone.", "Delete for good")


def confirm(parent: QWidget, what: str, outcome: str, word: str) -> bool:
    """Whether to do something that can't be undone; `word` stands on the button that does it."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Legwork")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(what)
    box.setInformativeText(outcome)
    do = box.addButton(word, QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is do


def ask_to_add(parent: QWidget, names: str) -> bool:
    """Whether to use what was dropped as a model."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Legwork")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Use {names} as a model?")
    box.setInformativeText("Nothing is copied: the file stays where it is.")
    add = box.addButton("Use as model", QMessageBox.ButtonRole.AcceptRole)
    leave = box.addButton("Don't", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(add)
    box.setEscapeButton(leave)
    box.exec()
    return box.clickedButton() is add


def show_keys(parent: QWidget, keys: list[tuple[str, str]]) -> None:
    """List every action with its key."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keys")
    dialog.resize(420, 560)
    page = QTextBrowser()
    rows = "".join(f"<tr><td>{escape(name)}</td><td><b>{escape(key)}</b></td></tr>" for name, key in keys)
    page.setHtml(f"<table cellpadding='4'>{rows}</table>")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(page)
    column.addWidget(buttons)
    dialog.exec()


def show_about(parent: QWidget) -> None:
    """Say what this program is."""
    QMessageBox.about(
        parent,
        "About Legwork",
        f"<b>Legwork {escape(__version__)}</b><p>Long jobs for a language model on your own machine: "
        "submit, walk away, be told, find the result weeks later.</p>",
    )
