"""The stylesheet that gives Fusion its cards, quiet lines and accent."""

from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from desktop.ui.theme import Colours

_DRAWN: Final = Path(__file__).parents[2] / "resources"
_ARROW, _CHECK = _DRAWN / "chevron-down.svg", _DRAWN / "check.svg"
"""In colours that are seen on light and on dark."""

_TEMPLATE: Final = Template("""
QMainWindow, QDialog, QMessageBox { background: $window; }
QMenuBar { background: $side; color: $text; padding: 0 8px; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $chosen; color: $text; }
QMenu { background: $card; color: $text; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px; border-radius: 4px; }
QMenu::item:selected { background: $chosen; color: $text; }
QMenu::item:disabled { color: $quiet; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolTip { background: $card; color: $text; border: 1px solid $line; padding: 4px 8px; }

#sidebar, #statusline { background: $side; }
#statusline { border-top: 1px solid $line; }
#middle { background: $window; }
#detail { background: $card; border-left: 1px solid $line; }
#composer, #runtimeCard, #banner { background: $card; border: 1px solid $line; border-radius: 10px; }
#composer[dropping="true"] { border: 2px dashed $accent; background: $chosen; }
#composer[focused="true"] { border: 1px solid $accent; }
#banner { border-color: $failed; }
#question { background: $card; border: 1px solid $needs; border-radius: 10px; }
#snackbar { background: $card; border: 1px solid $accent; border-radius: 10px; }

QLabel { background: transparent; color: $text; }
QLabel[quiet="true"] { color: $quiet; }
QLabel[mood="failed"] { color: $failed; }
QLabel[mood="needs"] { color: $needs; }
QLabel[mood="done"] { color: $done; }

QLineEdit, QPlainTextEdit { placeholder-text-color: $quiet; }
QLineEdit { background: $card; border: 1px solid $line; border-radius: 7px; padding: 6px 8px; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus { border-color: $accent; }
QComboBox { background: $card; border: 1px solid $line; border-radius: 7px; padding: 5px 8px; color: $text; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $quiet; background: $window; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$arrow"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $card; color: $text; border: 1px solid $line; outline: none;
    selection-background-color: $chosen; selection-color: $text; }
QPlainTextEdit#lines { background: $card; border: 1px solid $line; border-radius: 7px; padding: 4px; }
QPlainTextEdit#lines:focus { border-color: $accent; }
QTableWidget { background: $card; color: $text; border: 1px solid $line; border-radius: 7px; outline: none; }
QTableWidget::item { padding: 4px 8px; }
QTableWidget QHeaderView::section { padding: 4px 12px; }
QTableWidget::item:selected { background: $chosen; color: $text; }
QPlainTextEdit { background: transparent; border: none; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; }
QTextBrowser { background: $card; border: none; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; }

QPushButton { background: $card; color: $text; border: 1px solid $line; border-radius: 7px; padding: 6px 12px;
    font-weight: 600; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $chosen; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $quiet; background: $window; }
QPushButton[cut="true"] { text-align: left; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton#start, QPushButton[primary="true"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton#start:hover, QPushButton[primary="true"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton#start:focus { border: 1px solid $text; }
QPushButton#start:disabled { background: $track; color: $quiet; border-color: $track; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px; color: $text; }
QToolButton:hover { background: $hover; border-color: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }
#chooser { padding: 4px 6px; }
#chooser[strong="true"] { font-weight: 600; }
#chooser[strong="false"] { color: $quiet; }

#chip { background: $chosen; border: none; border-radius: 12px; }
#chip QToolButton { padding: 1px; border-radius: 8px; }
#example, #suggestion { text-align: left; font-weight: 400; padding: 8px 12px; }

QListView { background: transparent; border: none; outline: none; }
QListWidget { background: $card; color: $text; border: 1px solid $line; border-radius: 7px; padding: 4px; }
QListWidget::item { padding: 2px; }
QListWidget::item:selected { background: $chosen; color: $text; }
QListWidget::indicator { width: 11px; height: 11px; border: 1px solid $quiet; border-radius: 3px; }
QListWidget::indicator:checked { border: 1px solid $accent; image: url("$check"); }
#templates::item { padding: 7px 10px; border-radius: 7px; }
#templates::item:selected { background: $chosen; color: $text; }
QTreeWidget { background: $card; border: none; color: $text; outline: none; }
QTreeWidget::item { padding: 6px 4px; }
QTreeWidget::item:selected { background: $chosen; color: $text; }
QHeaderView::section { background: $card; color: $quiet; border: none; border-bottom: 1px solid $line;
    padding: 4px; }
QScrollArea, QScrollArea > QWidget > QWidget#page { background: transparent; border: none; }

QTabWidget::pane { border: none; border-top: 2px solid $line; top: -1px; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $quiet; border: none; border-bottom: 3px solid transparent;
    padding: 6px 2px; margin-right: 12px; font-weight: 600; }
QTabBar::tab:last { margin-right: 0; }
QTabBar::tab:selected { color: $accent; border-bottom: 3px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; border-bottom: 3px solid $text; }
QTabBar::tab:disabled { color: $line; }

QSplitter::handle { background: transparent; }
QProgressBar { background: $track; border: none; border-radius: 2px; max-height: 5px; min-height: 5px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; padding-left: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 1px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def build_stylesheet(colours: "Colours") -> str:
    """The stylesheet in a theme's colours."""
    return _TEMPLATE.substitute(asdict(colours), arrow=_ARROW.as_posix(), check=_CHECK.as_posix())
