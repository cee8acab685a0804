from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import conditional
from aggregator.values.feed import FeedState, Validators
from tests.support.feeds import NOW, feed

URL = "https://example.org/feed.xml"
DATE = "Mon, 23 Nov 2026 10:00:00 GMT"


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_a_server_gave_goes_back_unchanged(etag: str, modified: str) -> None:
    given_ = conditional.of_fetched(URL, {"etag": etag, "last-modified": modified})

    assert conditional.asking(given_) == {
        "If-None-Match": etag,
        "If-Modified-Since": modified,
    }


def test_a_200_replaces_all_that_an_earlier_answer_gave() -> None:
    assert conditional.of_fetched(URL, {"etag": '"v2"'}) == Validators(URL, '"v2"', None)


def test_a_304_keeps_what_it_does_not_replace() -> None:
    known = Validators(URL, '"v1"', DATE)

    assert conditional.of_not_modified(URL, {}, known) == known
    assert conditional.of_not_modified(URL, {"etag": '"v2"'}, known).etag == '"v2"'
    assert conditional.of_not_modified(URL, {"etag": '"v2"'}, known).last_modified == DATE


def test_another_address_is_told_nothing() -> None:
    known = conditional.known(feed(URL, FeedState(validators=Validators(URL, '"v1"', DATE))), NOW)

    assert known.get(URL + "?page=2") is None
    assert conditional.asking(None) == {}


def test_addresses_that_redirects_alternate_between_keep_what_they_gave() -> None:
    asked = []
    state = FeedState(body_digest=b"1")
    for number in range(12):
        url = f"{URL}?server={number % 4}"
        asked.append(url in conditional.known(feed(URL, state), NOW))
        latest = Validators(url, f'"{number}"')
        state = replace(
            state, validators=latest, other_validators=conditional.others(state, latest)
        )

    assert asked == [False] * 4 + [True] * 8
    assert [one.etag for one in state.other_validators] == ['"10"', '"9"', '"8"']


def test_only_so_many_addresses_are_remembered() -> None:
    state = FeedState(body_digest=b"1")
    for number in range(40):
        latest = Validators(f"{URL}?session={number}", '"1"')
        state = replace(
            state, validators=latest, other_validators=conditional.others(state, latest)
        )

    assert len(conditional.known(feed(URL, state), NOW)) == 4


def test_what_came_with_a_page_that_is_no_feed_is_not_remembered_beside_a_feed() -> None:
    page = FeedState(validators=Validators(f"{URL}?sorry", '"1"'), last_full=NOW)

    assert conditional.others(page, Validators(URL, '"2"')) == ()


def test_an_empty_validator_is_none() -> None:
    assert conditional.of_fetched(URL, {"etag": "", "last-modified": ""}) == Validators(URL)


def test_a_document_that_could_not_be_read_is_asked_for_in_full_once_a_day() -> None:
    validators = Validators(URL, '"v1"')
    unread = FeedState(validators=validators, last_full=NOW - timedelta(hours=23))

    assert conditional.known(feed(URL, unread), NOW) == {URL: validators}
    assert conditional.known(feed(URL, unread), NOW + timedelta(hours=1)) == {}


def test_a_document_that_could_be_read_is_never_asked_for_in_full_again() -> None:
    validators = Validators(URL, '"v1"')
    state = FeedState(validators=validators, body_digest=b"1", last_full=NOW - timedelta(days=1000))

    assert conditional.known(feed(URL, state), NOW) == {URL: validators}
