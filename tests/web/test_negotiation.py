from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.web.negotiation import IDENTITY, codings, is_unchanged

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
NOON_SENT = b"Wed, 04 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("sent", "best"),
    [
        (b"", "identity"),
        (b"gzip", "gzip"),
        (b"GZIP", "gzip"),
        (b"x-gzip", "gzip"),
        (b"gzip, deflate, br, zstd", "br"),
        (b"br;q=0.5, gzip;q=0.8", "gzip"),
        (b"br;q=0, gzip", "gzip"),
        (b"gzip;q=0", "identity"),
        (b"*", "br"),
        (b"*, br;q=0", "gzip"),
        (b"*;q=0", "identity"),
        (b"identity", "identity"),
        (b"identity;q=1, gzip;q=0.5", "identity"),
        (b"identity;q=0, gzip;q=0", "identity"),
        (b"gzip;q=high", "identity"),
        (b"gzip;q=7", "identity"),
        (b"gzip;q=nan", "identity"),
        (b"gzip;level=9", "gzip"),
        (b"zstd", "identity"),
    ],
)
def test_a_client_gets_the_coding_it_likes_best(sent: bytes, best: str) -> None:
    assert codings(sent)[0] == best


@given(st.binary())
def test_any_client_can_be_answered(sent: bytes) -> None:
    assert codings(sent)[-1] == IDENTITY


@pytest.mark.parametrize(
    "sent", [b'"a"', b'W/"a"', b'"x", "a"', b'"x" , W/"a" ,', b"*", b' "a" ', b'"x",*']
)
def test_an_etag_is_found_in_whatever_list_it_comes(sent: bytes) -> None:
    assert is_unchanged(b'"a"', NOON, sent, None)


@pytest.mark.parametrize("sent", [b"", b"a", b'"A"', b'"a', b'w/"a"', b'"b", "c"', b'"a-gzip"'])
def test_another_etag_is_another_representation(sent: bytes) -> None:
    assert not is_unchanged(b'"a"', NOON, sent, None)


def test_a_date_counts_only_without_an_etag() -> None:
    assert is_unchanged(b'"a"', NOON, None, NOON_SENT)
    assert not is_unchanged(b'"a"', NOON, b'"b"', NOON_SENT)


@pytest.mark.parametrize(
    ("sent", "unchanged"),
    [
        (b"Wed, 04 Mar 2026 12:00:01 GMT", True),
        (b"Wed, 04 Mar 2026 11:59:59 GMT", False),
        (b"Wed, 04 Mar 2026 13:00:00 +0100", True),
        (b"Wed, 04 Mar 2026 12:00:00 -0000", True),
        (b"yesterday", False),
        (b"", False),
    ],
)
def test_a_file_is_unchanged_if_it_is_no_younger_than_the_date(
    sent: bytes,
    unchanged: bool,
) -> None:
    assert is_unchanged(b'"a"', NOON, None, sent) is unchanged


@given(st.none() | st.binary(), st.none() | st.binary() | st.dates().map(lambda d: f"{d}".encode()))
def test_no_header_is_too_odd_to_be_answered(tags: bytes | None, date: bytes | None) -> None:
    assert is_unchanged(b'"a"', NOON, tags, date) in {True, False}


def test_nothing_known_means_all_is_sent() -> None:
    assert not is_unchanged(b'"a"', NOON, None, None)
