from dataclasses import replace
from datetime import timedelta

from aggregator.fetch.outage import after_outage, blamed, forgiven, is_outage
from aggregator.values.feed import Failed, Feed, FeedState, Fetched, Outcome, Validators
from tests.support.feeds import NOW, feed, poll_settings

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SETTINGS = poll_settings()
LOST = Failed("no connection", unreachable=True)
BROKEN = Failed("500 Internal Server Error", 500)


def found(number: int) -> tuple[Feed, Outcome]:
    url = f"http://feeds{number}.example/"
    return feed(url), Fetched(b"", url, 200, None, Validators(url))


def lost(number: int) -> tuple[Feed, Outcome]:
    return feed(f"http://feeds{number}.example/"), LOST


def lately(number: int, minutes_ago: float, *, reached: bool, failures: int = 0) -> Feed:
    state = FeedState(
        last_poll=NOW - minutes_ago * MINUTE,
        reached=reached,
        failures=failures,
        error=None if reached else "no connection",
    )
    return feed(f"http://feeds{number}.example/", state)


def test_it_is_our_outage_when_most_of_a_cycle_is_out_of_reach() -> None:
    assert is_outage([lost(1), lost(2), found(3)], [])
    assert not is_outage([lost(1), lost(2), found(3), found(4)], [])


def test_one_feed_says_nothing_about_us() -> None:
    assert not is_outage([lost(1)], [])


def test_servers_that_answer_with_errors_have_been_reached() -> None:
    assert not is_outage([(feed("http://a.example/"), BROKEN), lost(1), lost(2), found(3)], [])


def test_local_files_say_nothing_about_the_network() -> None:
    files = [(feed(f"file:{name}.xml"), found(0)[1]) for name in "abc"]

    assert is_outage([lost(1), lost(2), *files], [])


def test_feeds_that_are_polled_one_by_one_are_judged_together() -> None:
    assert is_outage([lost(1)], [lately(2, 3, reached=False, failures=1)])
    assert is_outage(
        [lost(1)], [lately(2, 3, reached=False, failures=1), lately(3, 5, reached=True)]
    )


def test_a_server_that_was_reached_since_speaks_for_our_network() -> None:
    since = [lately(3, 2, reached=True), lately(4, 1, reached=True)]

    assert not is_outage([lost(1)], [lately(2, 3, reached=False, failures=1), *since])


def test_feeds_that_have_long_been_out_of_reach_say_nothing_about_us() -> None:
    assert not is_outage([lost(1)], [lately(2, 3, reached=False, failures=9)])


def test_two_feeds_of_one_dead_host_say_nothing_about_us() -> None:
    assert not is_outage([lost(1)], [lately(1, 3, reached=False, failures=1)])


def test_an_outage_is_held_against_nobody_and_tried_again_soon() -> None:
    before = FeedState(last_ok=NOW - HOUR, failures=0)

    state = after_outage(feed(state=before), LOST, SETTINGS, NOW, 0)

    assert (state.failures, state.reached, state.last_ok) == (0, False, NOW - HOUR)
    assert state.next_poll == NOW + 5 * MINUTE
    assert state.reason == "our outage: 5 min"
    assert state.error == (
        "no connection; most feeds cannot be reached, so this is taken for our own outage"
    )


def test_a_lasting_outage_is_looked_at_less_and_less_often_up_to_the_interval() -> None:
    subject, now, waits = feed(), NOW, []
    for _ in range(7):
        subject = replace(subject, state=after_outage(subject, LOST, SETTINGS, now, 0))
        assert subject.state.next_poll is not None
        waits.append((subject.state.next_poll - now) / MINUTE)
        now = subject.state.next_poll

    assert waits == [5, 10, 20, 40, 60, 60, 60]


def test_a_feed_that_failed_before_an_outage_keeps_its_place() -> None:
    state = after_outage(feed(state=FeedState(failures=4)), LOST, SETTINGS, NOW, 0)

    assert state.failures == 4
    assert state.next_poll == NOW + 8 * HOUR


def test_who_was_blamed_before_the_outage_was_noticed_is_forgiven() -> None:
    feeds = [
        lately(1, 3, reached=False, failures=1),
        lately(2, 3, reached=False, failures=7),
        lately(3, 3, reached=True),
    ]

    assert blamed(feeds) == feeds[:1]
    state = forgiven(feeds[0], SETTINGS, NOW, 0)
    assert (state.failures, state.reason) == (0, "our outage: 5 min")
