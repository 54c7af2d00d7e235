from desktop.agents.documents.points import Point, Span, distinct, one_line

SPAN = Span(document="a", start=0, end=9)


def test_points_that_say_the_same_or_nothing_are_left_out() -> None:
    points = [Point(text="The bridge, closed.", spans=(SPAN,)), Point(text="the bridge closed", spans=(SPAN,))]
    assert distinct([*points, Point(text="!", spans=(SPAN,)), Point(text="x", spans=())]) == points[:1]


def test_words_that_were_hyphenated_at_line_ends_are_put_together() -> None:
    assert one_line("The agree-\nment  of Nord-\nSüd\nis no\u00adted") == "The agreement of Nord- Süd is noted"
