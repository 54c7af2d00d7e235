"""The benches can be found and asked for their options; what they measure is not for tests."""

import pytest

from tests.bench.__main__ import BENCHES, find, main, make_parser


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_is_there_and_says_what_it_measures(name: str) -> None:
    bench = find(name)
    assert bench.__doc__
    assert make_parser(name, bench).format_help()


def test_without_a_name_the_benches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().err
    assert [line.split()[0] for line in listed.splitlines()] == list(BENCHES)
    assert main(["nothing"]) == 2
