"""The settings as they are at this moment."""

from pathlib import Path

import pytest

from desktop.notify import CommandChoice, MailChoice, NtfyChoice, Security
from desktop.settings import Settings, load_settings
from desktop.settings_file import SettingsFile

CHOSEN = Settings(
    default_model="small",
    mail=MailChoice(enabled=True, host="mail.example.com", port=465, security=Security.TLS, sender="a@example.com"),
    ntfy=NtfyChoice(enabled=True, topic="legwork-1"),
    command=CommandChoice(enabled=True, arguments=("notify", "--loud")),
    allowed_webhook_hosts=("n8n.local",),
    others={"of another version": 1},
)


def test_what_was_given_holds_until_something_is_saved(tmp_path: Path) -> None:
    kept = SettingsFile(tmp_path / "settings.json", CHOSEN)
    assert kept.current() is CHOSEN
    assert CHOSEN.choices.mail.host == "mail.example.com"


def test_what_one_process_saves_holds_in_the_other(tmp_path: Path) -> None:
    here, there = (SettingsFile(tmp_path / "settings.json", Settings()) for _ in range(2))
    here.save(CHOSEN)
    assert here.current() == CHOSEN
    assert there.current() == CHOSEN
    assert load_settings(tmp_path / "settings.json").settings == CHOSEN


@pytest.mark.expected_log("can't be understood; what held before still does")
def test_a_file_that_is_half_written_changes_nothing_and_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = SettingsFile(path, CHOSEN)
    path.write_text('{"mail": {"host": ')
    assert kept.current() == CHOSEN
    assert path.exists()
    path.write_text('{"idle_minutes": 3}')
    assert kept.current() == Settings(idle_minutes=3.0)


@pytest.mark.expected_log("can.t be understood")
def test_a_file_that_is_gone_leaves_what_held(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = SettingsFile(path, Settings())
    kept.save(CHOSEN)
    path.unlink()
    assert kept.current() == CHOSEN
