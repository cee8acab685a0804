from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish import charts

months = st.dates(date(1990, 1, 1), date(2030, 12, 1)).map(lambda day: day.replace(day=1))


@given(st.lists(st.integers(0, 10_000), max_size=90))
def test_a_sparkline_stays_in_its_box(days: list[int]) -> None:
    chart = charts.sparkline(days)

    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= chart.width + 0.2
        assert 0 <= bar.y <= bar.y + bar.height <= chart.height + 0.1


def test_a_sparkline_says_in_words_what_it_shows() -> None:
    assert charts.sparkline([0, 2, 1]).summary == "3 items in 3 days, at most 2 a day"
    assert charts.sparkline([0, 0]).summary == "Nothing in 2 days"
    assert charts.sparkline([]).summary == "Nothing yet"


def test_months_without_news_are_gaps() -> None:
    chart = charts.timeline([(date(2027, 1, 1), 4), (date(2026, 11, 1), 2)])

    assert [bar.title for bar in chart.bars] == [
        "November 2026: 2",
        "December 2026: 0",
        "January 2027: 4",
    ]
    assert [bar.height for bar in chart.bars] == [40.0, 0.0, 80.0]
    assert chart.summary == (
        "Items a month, November 2026 to January 2027: 6 items, most in January 2027 (4)"
    )


def test_one_month_is_a_chart_too() -> None:
    chart = charts.timeline([(date(2026, 11, 1), 1)])

    assert chart.summary == "Items a month, November 2026: 1 item, most in November 2026 (1)"
    assert chart.bars[0].label == "Nov 26"


def test_no_months_are_an_empty_chart() -> None:
    assert charts.timeline([]).bars == ()
    assert charts.timeline([]).summary == "Nothing yet"


@given(st.dictionaries(months, st.integers(1, 1000), min_size=1, max_size=30))
def test_labels_never_run_into_each_other(counts: dict[date, int]) -> None:
    chart = charts.timeline(sorted(counts.items(), reverse=True))
    places = [bar.x for bar in chart.bars if bar.label]

    assert all(right - left >= 45 for left, right in pairwise(places))
    assert all(place + 45 <= chart.width for place in places)


def test_a_share_can_always_be_seen() -> None:
    assert charts.share(1, 10_000) == 1.0
    assert charts.share(5, 10) == 50.0
    assert charts.share(0, 0) == 1.0
