"""Small charts as plain geometry: templates draw it as inline SVG, styled by class.

Each chart carries a sentence that says the same to those who do not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

_MOST_MONTHS = 36  # in a chart; the list of months beside it has them all
_LABEL_EVERY = (1, 2, 3, 6, 12)  # months from one label to the next: as few as fit
_LABEL_WIDTH = 46  # units of the view box, with the space to the next
_WIDEST_STEP = 48.0  # from bar to bar


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that stands on the ground line; units of the chart's view box."""

    x: float
    y: float
    width: float
    height: float
    title: str  # "November 2026: 12"
    label: str | None = None  # below the ground line, where there is room for one


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side."""

    width: int
    height: int  # of the bars; labels go below
    bars: tuple[Bar, ...]
    summary: str  # the text alternative
    highest: int  # what a full bar stands for
    days: int = 0  # that a sparkline spans


def sparkline(days: Sequence[int], width: int = 180, height: int = 28) -> Chart:
    """Items a day, oldest first, as one small picture."""
    highest = max(days, default=0)
    step = width / max(len(days), 1)
    bars = tuple(
        _bar(index * step, step * 0.8, count, of=(highest, height))
        for index, count in enumerate(days)
        if count > 0
    )
    total = sum(days)
    if total:
        summary = f"{counted(total, 'item')} in {len(days)} days, at most {highest} a day"
    else:
        summary = f"Nothing in {len(days)} days" if days else "Nothing yet"
    return Chart(width, height, bars, summary, highest, len(days))


def timeline(months: Sequence[tuple[date, int]], width: int = 288, height: int = 80) -> Chart:
    """Items a month, from the first month to the last; months without any show as gaps.

    Args:
        months: first day and count of each month that has items, newest first.
        width: of the view box.
        height: of a full bar.
    """
    shown = _without_gaps(months)[-_MOST_MONTHS:]
    highest = max((count for _, count in shown), default=0)
    step = min(width / max(len(shown), 1), _WIDEST_STEP)
    every = next((each for each in _LABEL_EVERY if each * step >= _LABEL_WIDTH), _LABEL_EVERY[-1])
    bars = tuple(
        _bar(
            index * step,
            step * 0.8,
            count,
            of=(highest, height),
            title=f"{month_name(month)}: {count}",
            label=_short_month(month)
            if index % every == 0 and index * step + _LABEL_WIDTH <= width
            else None,
        )
        for index, (month, count) in enumerate(shown)
    )
    return Chart(width, height, bars, _told(shown), highest)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 item", "1,200 items"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def month_name(month: date) -> str:
    """A month as a page names it, whatever the locale: "November 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def share(count: int, highest: int, width: float = 100.0) -> float:
    """How long the bar of a count is when that of the highest is `width`; one can always see it."""
    return round(max(count / max(highest, 1) * width, 1.0), 1)


def _bar(
    x: float,
    width: float,
    count: int,
    *,
    of: tuple[int, int],
    title: str = "",
    label: str | None = None,
) -> Bar:
    highest, height = of
    tall = round(max(count / highest * height, 1.5), 1) if count else 0.0
    return Bar(round(x, 1), round(height - tall, 1), round(width, 1), tall, title, label)


def _without_gaps(months: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    counts = {month.replace(day=1): count for month, count in months}
    if not counts:
        return []
    month, last = min(counts), max(counts)
    filled = []
    while month <= last:
        filled.append((month, counts.get(month, 0)))
        month = _next_month(month)
    return filled


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _short_month(month: date) -> str:
    return f"{MONTHS[month.month - 1][:3]} {month.year % 100:02}"


def _told(shown: Sequence[tuple[date, int]]) -> str:
    if not shown:
        return "Nothing yet"
    most, count = max(shown, key=lambda pair: pair[1])
    span = month_name(shown[0][0])
    if len(shown) > 1:
        span += f" to {month_name(shown[-1][0])}"
    total = counted(sum(count for _, count in shown), "item")
    return f"Items a month, {span}: {total}, most in {month_name(most)} ({count:,})"
