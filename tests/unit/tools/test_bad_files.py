"""Files that are closed, change, lie or are named oddly: each says what to do."""

import io
import struct
import zipfile
from pathlib import Path

import docx
import pytest

from desktop.engine import Input, Source, UnreadableDocument
from desktop.tools.file_search import find_sources
from desktop.tools.reading import plain
from desktop.tools.reading.content import Content
from desktop.tools.reading.failure import trace_of
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import read_source
from tests.unit.tools.documents import LIMITS, read, refusal


def test_a_file_that_may_not_be_opened_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setattr(Path, "open", denied)  # the tests may run as root, whom no permission stops
    assert "a.txt may not be read" in refusal(tmp_path / "a.txt")


def test_a_file_that_went_away_is_refused_by_name(tmp_path: Path) -> None:
    gone = Source(name="a.txt", path=str(tmp_path / "a.txt"), text=None, media_type="text/plain", size=1)
    with pytest.raises(UnreadableDocument, match=r"a\.txt is not there any more"):
        read_source(gone, LIMITS)


def test_a_dangling_link_in_a_folder_is_listed_and_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    (source,) = find_sources((Input(path=str(tmp_path)),))
    with pytest.raises(UnreadableDocument, match="is not there any more"):
        read_source(source, LIMITS)


@pytest.mark.parametrize("target", ["../secret.txt", ".hidden/secret.txt", "data/engine.json", "a.txt"])
def test_a_link_that_leads_out_of_its_folder_is_listed_and_not_followed(tmp_path: Path, target: str) -> None:
    for folder in ("given/.hidden", "given/data"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("secret.txt", "given/.hidden/secret.txt", "given/data/engine.json"):
        (tmp_path / name).write_text("canary")
    (tmp_path / "given" / "a.txt").symlink_to(target)
    (source,) = find_sources((Input(path=str(tmp_path / "given")),), tmp_path / "given" / "data")
    assert source.name == "a.txt"
    with pytest.raises(UnreadableDocument, match="is a link that leads out of its folder; it was not followed"):
        read_source(source, LIMITS)


def test_a_link_within_its_folder_and_one_that_was_given_are_followed(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "b.txt").write_text("text")
    for link, target in (("given/a.txt", "b.txt"), ("c.txt", "given/b.txt")):
        (tmp_path / link).symlink_to(target)
    for given, names in (("given", ["a.txt", "b.txt"]), ("c.txt", ["c.txt"])):
        sources = find_sources((Input(path=str(tmp_path / given)),))
        assert [source.name for source in sources] == names
        assert [read_source(source, LIMITS).parts[0].text for source in sources] == ["text"] * len(names)


def test_a_private_folder_is_passed_over_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    for name in ("data/engine.json", "data/deep/a.txt", "open.txt"):
        (tmp_path / name).write_text("x")
    for private, names in ((tmp_path / "data", ["open.txt"]), (tmp_path, []), (tmp_path / "gone", None)):
        found = [source.name for source in find_sources((Input(path=str(tmp_path)),), private)]
        assert found == (["open.txt", "data/engine.json", "data/deep/a.txt"] if names is None else names)


def test_a_file_that_changes_while_it_is_read_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    reads = plain.read

    def read_and_change(given: Path, name: str, limits: Limits) -> Content:
        found = reads(given, name, limits)
        path.write_text("after, and longer")
        return found

    monkeypatch.setattr(plain, "read", read_and_change)
    assert "changed while it was read" in refusal(path)


def test_a_fault_of_a_reader_tells_its_place_and_not_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(given: Path, *_: object) -> None:
        try:
            int(given.read_text())
        except ValueError as error:
            raise KeyError(given.read_text()) from error

    (tmp_path / "a.txt").write_text("confidential")
    monkeypatch.setattr(plain, "read", stumbles)
    with pytest.raises(KeyError) as caught:
        read(tmp_path / "a.txt")
    place = trace_of(caught.value)
    assert "builtins.KeyError\n-- after --" in place
    assert place.endswith("builtins.ValueError")
    assert "confidential" not in place


def test_an_archive_that_understates_its_sizes_is_refused(tmp_path: Path) -> None:
    saved = io.BytesIO()
    docx.Document().save(saved)
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/media/big.xml", b" " * 40 * 1024**2)
    size = struct.pack("<I", 40 * 1024**2)
    lying = saved.getvalue().replace(size, struct.pack("<I", 1000))
    assert lying != saved.getvalue()
    (tmp_path / "a.docx").write_bytes(lying)
    assert "damaged" in refusal(tmp_path / "a.docx")


def test_an_archive_that_is_encrypted_is_told(tmp_path: Path) -> None:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as made:
        made.writestr("word/document.xml", "<x/>")
    data = bytearray(saved.getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.docx").write_bytes(data)
    assert "copy without password" in refusal(tmp_path / "a.docx")


def test_an_archive_of_something_else_is_not_supported(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert "type that is not supported" in refusal(tmp_path / "a.docx")


def test_a_book_without_a_table_of_contents_is_broken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as made:
        made.writestr("mimetype", "application/epub+zip")
        made.writestr("META-INF/container.xml", "<container/>")
    assert "broken book" in refusal(tmp_path / "a.epub")


def test_an_office_document_whose_xml_is_cut_is_damaged(tmp_path: Path) -> None:
    saved = io.BytesIO()
    docx.Document().save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "a.docx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[:200] if name == "word/document.xml" else old.read(name))
    assert "is damaged and was not read" in refusal(tmp_path / "a.docx")


def test_names_and_texts_with_halves_of_characters_are_read(tmp_path: Path) -> None:
    path = tmp_path / "odd\udcff.txt"
    path.write_text("still read")
    (source,) = find_sources((Input(path=str(path)),))
    assert read_source(source, LIMITS).name == path.name
    path.write_text("")
    assert "odd\ufffd.txt is empty" in refusal(path)
    (given,) = find_sources((Input(name="note", text="half \udcff of one"),))
    assert read_source(given, LIMITS).parts[0].text == "half ? of one"


def test_an_input_whose_name_no_system_knows_is_not_there() -> None:
    with pytest.raises(UnreadableDocument, match="is not there"):
        find_sources((Input(path="a\0b"),))
