"""How models and downloads are said."""

import pytest

from desktop.engine import Appraisal, DownloadState, DownloadStatus, Fits, Removal
from desktop.ui import model_wording
from desktop.ui.labels import breakable

GB = 10**9
RUNNING = DownloadState.RUNNING


def status(state: DownloadState, done: int = GB, **more: float | str) -> DownloadStatus:
    return DownloadStatus(id="a", name="A", state=state, done=done, total=4 * GB, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (status(DownloadState.STARTING, 0), "starting…"),
        (status(DownloadState.STARTING), "starting… · 1.0 GB of 4.0 GB"),
        (status(RUNNING, speed=2e6, seconds_left=7.0), "25 % · 1.0 GB of 4.0 GB · 2.0 MB/s · about 5 s left"),
        (status(RUNNING, speed=2e6, seconds_left=400.0), "25 % · 1.0 GB of 4.0 GB · 2.0 MB/s · about 7 min left"),
        (status(RUNNING, speed=2e6, seconds_left=5400.0), "25 % · 1.0 GB of 4.0 GB · 2.0 MB/s · about 1.5 h left"),
        (status(RUNNING), "25 % · 1.0 GB of 4.0 GB"),
        (DownloadStatus(id="a", name="A", state=RUNNING, done=GB), "1.0 GB"),
        (status(DownloadState.PAUSED), "paused · 1.0 GB of 4.0 GB"),
        (
            status(DownloadState.RETRYING, problem="No network."),
            "broken off, goes on by itself · 1.0 GB of 4.0 GB · No network.",
        ),
        (status(DownloadState.FAILED, problem="Full."), "stopped · 1.0 GB of 4.0 GB · Full."),
        (status(DownloadState.COMPLETED, 4 * GB), "here · 4.0 GB of 4.0 GB"),
    ],
)
def test_a_download_says_where_it_stands(shown: DownloadStatus, said: str) -> None:
    assert model_wording.download(shown) == said


@pytest.mark.parametrize("fits", Fits)
def test_every_fit_has_words(fits: Fits) -> None:
    appraisal = Appraisal(fits=fits, need=2**30, memory=4 * 2**30, where="memory")

    assert model_wording.fit(appraisal)
    assert model_wording.whose_memory(appraisal).endswith("takes about 1.0 of 4 GB (memory).")


def test_what_is_not_known_yet_is_not_said() -> None:
    assert (model_wording.fit(None), model_wording.amount(None)) == ("", "")


def test_a_removal_says_what_is_free_or_where_the_file_is() -> None:
    assert model_wording.removed(Removal(name="a", freed=3 * GB)) == "a is removed, 3.0 GB are free again."
    assert "stays where it is" in model_wording.removed(Removal(name="a", freed=0, kept_at="/there/a.gguf"))


def test_context_is_said_in_thousands() -> None:
    assert [model_wording.thousands(tokens) for tokens in (512, 8192, 131_072)] == ["512", "8k", "128k"]


def test_what_a_file_says_of_itself_is_one_short_line() -> None:
    assert model_wording.short("MIT\nor\x00 else") == "MIT or else"
    assert len(model_wording.short("x" * 10**6)) == model_wording.MOST_CHARACTERS


def test_long_paths_can_end_a_line_after_each_folder() -> None:
    assert breakable("in /a/b-c it").split("\u200b") == ["in /", "a/", "b-", "c it"]
