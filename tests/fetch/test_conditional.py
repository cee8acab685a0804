from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import conditional
from aggregator.values.feed import FeedState, Validators
from tests.support.feeds import NOW

URL = "https://example.org/feed.xml"
DATE = "Mon, 23 Nov 2026 10:00:00 GMT"


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_a_server_gave_goes_back_unchanged(etag: str, modified: str) -> None:
    given_ = conditional.of_fetched(URL, {"etag": etag, "last-modified": modified})

    assert conditional.asking(URL, given_) == {
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
    assert conditional.asking(URL + "?page=2", Validators(URL, '"v1"', DATE)) == {}


def test_an_empty_validator_is_none() -> None:
    assert conditional.of_fetched(URL, {"etag": "", "last-modified": ""}) == Validators(URL)


def test_a_document_that_could_not_be_read_is_asked_for_in_full_once_a_day() -> None:
    validators = Validators(URL, '"v1"')
    unread = FeedState(validators=validators, last_full=NOW - timedelta(hours=23))

    assert conditional.known(unread, NOW) == validators
    assert conditional.known(unread, NOW + timedelta(hours=1)) is None


def test_a_document_that_could_be_read_is_never_asked_for_in_full_again() -> None:
    validators = Validators(URL, '"v1"')
    state = FeedState(validators=validators, body_digest=b"1", last_full=NOW - timedelta(days=1000))

    assert conditional.known(state, NOW) == validators
