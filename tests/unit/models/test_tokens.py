"""Token ends are exact, whatever the bytes of a token."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.tokens import align, block_ends

texts = st.text(max_size=60)


@given(texts, st.data())
def test_each_end_is_the_last_character_that_is_complete(text: str, data: st.DataObject) -> None:
    content = text.encode("utf-8", "replace")
    text = content.decode()
    cuts = sorted({*data.draw(st.lists(st.integers(1, max(len(content), 1)))), len(content)} - {0})
    cuts = [cut for cut in cuts if cut <= len(content)]
    pieces = [content[start:end] for start, end in pairwise([0, *cuts])]

    assert align(text, pieces) == [len(content[:cut].decode(errors="ignore")) for cut in cuts]


@given(texts.filter(bool))
def test_a_blank_that_the_tokeniser_put_in_front_is_not_counted(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()

    assert align(text, [b" ", text.encode()]) == [0, len(text)]


@given(texts.filter(bool), st.lists(st.binary(min_size=1, max_size=9), min_size=1))
def test_ends_grow_and_reach_the_end_even_when_the_tokeniser_changed_the_text(text: str, pieces: list[bytes]) -> None:
    text = text.encode("utf-8", "replace").decode()
    ends = align(text, pieces)

    assert ends == sorted(ends)
    assert ends[0] >= 0
    assert ends[-1] == len(text)
    assert len(ends) == len(pieces)


@given(st.text(alphabet="ab \n😀ü", max_size=200), st.integers(4, 40))
def test_blocks_cover_the_text_and_none_is_longer_than_allowed(text: str, length: int) -> None:
    ends = list(block_ends(text, length))

    assert ends == sorted(set(ends))
    assert "".join(text[start:end] for start, end in pairwise([0, *ends])) == text
    assert all(end - start <= length for start, end in pairwise([0, *ends]))


def test_blocks_end_between_words_where_they_can() -> None:
    assert list(block_ends("aaaa bbbb cccc dddd", 10)) == [9, 19]
    assert list(block_ends("x" * 25, 10)) == [10, 20, 25]
