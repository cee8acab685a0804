from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import rhythm
from aggregator.fetch.freshness import CEILING
from aggregator.fetch.plan import JITTER, spelled
from aggregator.fetch.schedule import after, believed_target, held
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedState,
    Fetched,
    Gone,
    Hints,
    Moved,
    News,
    NotModified,
    Outcome,
    Refused,
    Validators,
)
from tests.support.feeds import NOW, feed, poll_settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://example.org/feed.xml"
NEW_URL = "https://example.net/feed.xml"
KNOWN = Validators(URL, '"v1"')
SETTINGS = poll_settings()


def fetched(**changes: object) -> Fetched:
    values: dict[str, object] = {"validators": KNOWN}
    return Fetched(b"", URL, 200, None, **(values | changes))  # type: ignore[arg-type]


def next_state(
    feed: Feed, outcome: Outcome, news: News | None = None, jitter: float = 0.0
) -> FeedState:
    return after(feed, outcome, news or News(), SETTINGS, NOW, jitter)


def wait(state: FeedState) -> timedelta:
    assert state.next_poll is not None
    return state.next_poll - NOW


def failed_so_often(times: int, outcome: Outcome) -> FeedState:
    subject = feed()
    for _ in range(times):
        subject = replace(subject, state=next_state(subject, outcome))
    return subject.state


# --- reasons


@pytest.mark.parametrize(
    ("outcome", "news", "reason"),
    [
        (fetched(fresh_for=2 * HOUR), News(), "max-age 2 h"),
        (fetched(), News(), "start: 60 min"),
        (fetched(), News(hints=Hints(ttl=3 * HOUR)), "ttl 3 h"),
        (fetched(), News(hints=Hints(update_period=DAY)), "updatePeriod 24 h"),
        (Refused(2 * HOUR, 429), News(), "Retry-After 2 h"),
        (Refused(timedelta(0), 503), News(), "1st failure: 60 min"),
        (Failed("404 Not Found", 404), News(), "1st failure: 60 min"),
        (Failed("403 Forbidden", 403, retry_after=3 * HOUR), News(), "Retry-After 3 h"),
        (Gone(), News(), "410: gone for good"),
    ],
)
def test_the_next_poll_has_its_reason(outcome: Outcome, news: News, reason: str) -> None:
    assert next_state(feed(), outcome, news).reason == reason


def test_an_editors_interval_is_named_as_the_reason() -> None:
    state = next_state(feed(interval=timedelta(minutes=10)), fetched())

    assert (state.reason, wait(state)) == ("interval: 10 min", timedelta(minutes=10))


def test_a_rhythm_is_named_as_the_reason() -> None:
    busy = tuple(NOW - number * timedelta(minutes=20) for number in range(1, 200))

    state = next_state(feed(), fetched(), News(new=busy, first=True))

    assert state.reason is not None
    assert state.reason.startswith("rhythm: ")
    assert SETTINGS.min_interval <= wait(state) < HOUR


def test_a_server_without_validators_is_not_asked_sooner_than_the_usual_interval() -> None:
    busy = tuple(NOW - number * timedelta(minutes=20) for number in range(1, 200))
    no_validators = fetched(validators=Validators(URL))

    assert next_state(feed(), no_validators, News(new=busy, first=True)).reason == (
        "no validators: 60 min"
    )


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1.5, "90 s"), (38, "38 min"), (60, "60 min"), (120, "2 h"), (150, "2.5 h"), (4320, "3 days")],
)
def test_waits_are_spelled_as_people_say_them(minutes: float, words: str) -> None:
    assert spelled(timedelta(minutes=minutes)) == words


# --- floors


def test_an_editors_interval_yields_to_what_the_server_and_the_document_ask() -> None:
    often = feed(interval=timedelta(minutes=5))

    assert wait(next_state(often, fetched(fresh_for=HOUR))) == HOUR
    assert wait(next_state(often, fetched(), News(hints=Hints(ttl=2 * HOUR)))) == 2 * HOUR


def test_the_hints_of_the_last_document_hold_for_answers_without_one() -> None:
    state = next_state(feed(), fetched(), News(hints=Hints(ttl=5 * HOUR)))

    state = next_state(feed(state=state), NotModified(KNOWN))

    assert state.reason == "ttl 5 h"


def test_a_failing_feed_is_not_asked_sooner_than_its_document_wants() -> None:
    state = next_state(feed(), fetched(), News(hints=Hints(ttl=5 * HOUR)))

    assert next_state(feed(state=state), Failed("500", 500)).reason == "ttl 5 h"


def test_skipped_hours_move_the_next_poll() -> None:
    hints = Hints(skip_hours=frozenset({13, 14}))

    state = next_state(feed(), fetched(), News(hints=hints), jitter=0.5)

    assert wait(state) == 3 * HOUR
    assert state.reason == "skipHours or skipDays until Mon 15:00 UTC"


def test_a_feed_that_publishes_seldom_is_asked_no_more_than_once_an_hour() -> None:
    rare = tuple(NOW - number * DAY / 2 for number in range(1, 30))

    assert wait(next_state(feed(), fetched(), News(new=rare, first=True))) >= HOUR


def test_a_gap_halves_the_wait_and_says_so() -> None:
    state = FeedState(last_poll=NOW - HOUR, validators=KNOWN)
    new = tuple(NOW - timedelta(minutes=number) for number in range(1, 30))

    state = next_state(feed(state=state), fetched(), News(new=new, gap=True))

    assert wait(state) <= HOUR / 2
    assert state.reason is not None
    assert state.reason.startswith("gap, entries may have been missed: ")


# --- failures


def test_failures_back_off_to_once_a_day_for_ever() -> None:
    waits = [wait(failed_so_often(times, Failed("404", 404))) for times in (1, 2, 3, 4, 5, 6, 400)]

    assert waits[:5] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR]
    assert all(20 * HOUR < each < each * (1 + JITTER) < DAY for each in waits[5:])
    assert failed_so_often(3, Failed("404", 404)).reason == "3rd failure: 4 h"


def test_a_good_answer_forgets_failures() -> None:
    state = next_state(feed(state=failed_so_often(5, Failed("500", 500))), NotModified(KNOWN))

    assert (state.failures, state.error, wait(state)) == (0, None, HOUR)


def test_a_failure_keeps_the_validators() -> None:
    subject = feed(state=FeedState(validators=KNOWN, body_digest=b"1"))

    state = next_state(subject, Failed("500", 500))

    assert (state.validators, state.body_digest) == (KNOWN, b"1")


def test_a_page_that_is_no_feed_leaves_its_validators_and_the_mark_that_it_was_none() -> None:
    page = Validators(URL, '"page"')
    subject = feed(state=FeedState(validators=KNOWN, body_digest=b"1"))

    state = next_state(subject, Failed("no feed", 200, validators=page))

    assert (state.validators, state.body_digest, state.last_full) == (page, None, NOW)


def test_a_short_retry_after_is_no_invitation() -> None:
    assert wait(next_state(feed(), Refused(timedelta(seconds=1), 429))) == HOUR


def test_a_refusal_without_a_time_backs_off() -> None:
    assert wait(failed_so_often(4, Refused(timedelta(0), 503))) == 8 * HOUR


def test_who_was_not_asked_has_not_failed() -> None:
    before = FeedState(last_poll=NOW - HOUR, next_poll=NOW, failures=0)

    state = next_state(feed(state=before), Refused(2 * HOUR, 429, was_asked=False), jitter=1)

    assert (state.failures, state.error, state.last_poll) == (0, None, NOW - HOUR)
    assert state.retry_after == NOW + 2 * HOUR
    assert state.reason == "Retry-After of its host 2 h"
    assert state.next_poll == NOW + 2 * HOUR * (1 + JITTER)


def test_holding_a_host_never_shortens_a_wait() -> None:
    state = FeedState(next_poll=NOW + 5 * HOUR, retry_after=NOW + 4 * HOUR, reason="max-age 5 h")

    assert held(state, NOW + HOUR, NOW, 0) == state
    assert held(state, NOW + 4.5 * HOUR, NOW, 0) == replace(state, retry_after=NOW + 4.5 * HOUR)


# --- moves


def moved_so_often(times: int) -> FeedState:
    subject = feed()
    for _ in range(times):
        state = next_state(subject, fetched(moved_to=NEW_URL, validators=Validators(NEW_URL, "1")))
        subject = replace(subject, state=state)
    return subject.state


def test_a_permanent_redirect_is_believed_at_the_third_time() -> None:
    assert [believed_target(moved_so_often(times)) for times in (1, 2, 3)] == [None, None, NEW_URL]


def test_a_temporary_redirect_in_between_starts_the_count_again() -> None:
    state = next_state(feed(state=moved_so_often(2)), fetched())

    assert state.moved is None


def test_another_target_starts_the_count_again() -> None:
    state = next_state(feed(state=moved_so_often(2)), fetched(moved_to=URL + "2"))

    assert state.moved == Moved(URL + "2", 1)


def test_a_believed_move_lasts_while_the_target_answers() -> None:
    state = next_state(feed(state=moved_so_often(3)), NotModified(Validators(NEW_URL, "1")))

    assert believed_target(state) == NEW_URL


@pytest.mark.parametrize("outcome", [Failed("404", 404), Gone(), Failed("x", unreachable=True)])
def test_a_believed_move_is_undone_when_the_target_fails(outcome: Outcome) -> None:
    state = next_state(feed(state=moved_so_often(3)), outcome)

    assert believed_target(state) is None
    assert not state.gone
    assert state.next_poll is not None


# --- invariants

moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - made aware below
    datetime(2030, 1, 1),  # noqa: DTZ001
).map(lambda when: when.replace(tzinfo=NOW.tzinfo))
waits = st.timedeltas(timedelta(0), timedelta(days=400))
outcomes = st.one_of(
    st.builds(fetched, fresh_for=waits),
    st.builds(lambda fresh: NotModified(KNOWN, fresh), waits),
    st.builds(lambda asked: Refused(asked, 429), waits),
    st.builds(lambda asked: Failed("500", 500, retry_after=asked), waits),
)
hints = st.builds(Hints, st.none() | waits, st.none() | waits)


def test_a_304_that_says_nothing_leaves_what_the_document_came_with() -> None:
    known = next_state(feed(), fetched(fresh_for=5 * HOUR))
    silent = next_state(feed(state=known), NotModified(KNOWN))
    again = next_state(feed(state=silent), NotModified(KNOWN))
    spoken = next_state(feed(state=again), NotModified(KNOWN, timedelta(0)))

    assert silent.fresh_until == again.fresh_until == NOW + 5 * HOUR
    assert again.reason == "max-age 5 h"
    assert spoken.fresh_until is None


@given(outcomes, hints, st.lists(moments, max_size=20), st.integers(0, 50), st.floats(0, 1))
def test_no_poll_is_too_soon_nor_too_late(
    outcome: Outcome, hints: Hints, new: list[datetime], failures: int, jitter: float
) -> None:
    known = rhythm.write(replace(rhythm.Rhythm(), hints=hints))
    subject = feed(state=FeedState(failures=failures, rhythm=known))
    news = News(hints=hints, new=tuple(new), first=True)

    state = next_state(subject, outcome, news, jitter)

    assert SETTINGS.min_interval <= wait(state) <= CEILING * (1 + JITTER)
    assert state.reason
