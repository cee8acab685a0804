from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.fetch import rhythm
from aggregator.fetch.due import is_allowed, is_due
from aggregator.values.feed import FeedState, Hints
from tests.support.feeds import NOW, feed, poll_settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = poll_settings()
DUE = FeedState(last_poll=NOW - HOUR, last_ok=NOW - HOUR, next_poll=NOW)


def due(state: FeedState, interval: timedelta | None = None) -> bool:
    return is_due(feed(state=state, interval=interval), SETTINGS, NOW)


def with_hints(hints: Hints) -> FeedState:
    return replace(DUE, rhythm=rhythm.write(replace(rhythm.Rhythm(), hints=hints)))


def test_a_feed_that_was_never_polled_is_due() -> None:
    assert due(FeedState())


def test_a_feed_is_due_when_its_time_has_come_and_not_before() -> None:
    assert due(DUE)
    assert not due(replace(DUE, next_poll=NOW + timedelta(seconds=1)))


@pytest.mark.parametrize(
    "changes",
    [
        {"gone": True},
        {"retry_after": NOW + HOUR},
        {"fresh_until": NOW + HOUR},
    ],
)
def test_wishes_are_looked_at_again_when_a_poll_would_begin(changes: dict[str, object]) -> None:
    assert not due(replace(DUE, **changes))  # type: ignore[arg-type]


def test_the_documents_wishes_are_looked_at_again_when_a_poll_would_begin() -> None:
    assert not due(with_hints(Hints(ttl=2 * HOUR)))
    assert due(with_hints(Hints(ttl=HOUR)))
    assert not due(with_hints(Hints(skip_hours=frozenset({NOW.hour}))))
    assert not due(with_hints(Hints(skip_days=frozenset({NOW.weekday()}))))
    assert due(with_hints(Hints(skip_days=frozenset(range(7)))))


def test_an_interval_that_an_editor_shortened_counts_at_once() -> None:
    later = replace(DUE, next_poll=NOW + 5 * HOUR)

    assert due(later, interval=timedelta(minutes=50))
    assert not due(later, interval=timedelta(minutes=58))  # jitter may come on top
    assert not due(replace(later, failures=1), interval=timedelta(minutes=50))


def test_a_shortened_interval_does_not_beat_what_the_document_asks() -> None:
    assert not due(with_hints(Hints(ttl=2 * HOUR)), interval=timedelta(minutes=10))


@pytest.mark.parametrize(
    "state",
    [
        FeedState(last_poll=NOW + 40 * DAY, next_poll=NOW + 40 * DAY + HOUR),
        FeedState(last_poll=NOW + 2 * HOUR, next_poll=NOW + 3 * HOUR),
        FeedState(last_poll=NOW - HOUR, next_poll=NOW + 30 * DAY),
        FeedState(
            last_poll=NOW + 40 * DAY,
            next_poll=NOW + 41 * DAY,
            fresh_until=NOW + 41 * DAY,
            retry_after=NOW + 41 * DAY,
        ),
    ],
)
def test_a_clock_that_was_set_back_keeps_no_feed_waiting(state: FeedState) -> None:
    assert due(state)


def test_a_clock_that_was_set_back_a_little_hurries_nothing() -> None:
    state = FeedState(last_poll=NOW + timedelta(minutes=5), next_poll=NOW + timedelta(minutes=65))

    assert not due(state)


def test_who_asks_for_a_poll_gets_it_unless_the_server_forbids_it() -> None:
    assert is_allowed(feed(state=replace(DUE, fresh_until=NOW + HOUR)), NOW)
    assert not is_allowed(feed(state=replace(DUE, retry_after=NOW + HOUR)), NOW)
    assert not is_allowed(feed(state=replace(DUE, gone=True)), NOW)
