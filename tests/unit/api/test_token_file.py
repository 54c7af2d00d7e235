"""The token outlives the engine, unless it is not a secret any more."""

from pathlib import Path

import pytest

from desktop.api.token_file import TOKEN_BYTES, kept_token


def test_it_stays_the_same_and_is_for_its_owner_only(tmp_path: Path) -> None:
    made = kept_token(tmp_path / "token")
    assert len(made) >= TOKEN_BYTES * 8 / 6
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert kept_token(tmp_path / "token") == made
    assert kept_token(tmp_path / "another") != made


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 43, b"a" * 44])
def test_what_is_no_token_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    made = kept_token(path)
    assert path.read_text() == made
    assert len(made) == 43


@pytest.mark.expected_log("others could read the token")
def test_one_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    made = kept_token(tmp_path / "token")
    (tmp_path / "token").chmod(0o644)
    assert kept_token(tmp_path / "token") != made
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_what_an_interrupted_start_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "token.new").write_text("half")
    assert kept_token(tmp_path / "token") == (tmp_path / "token").read_text()
