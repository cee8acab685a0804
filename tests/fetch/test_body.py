import gzip
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.body import Unreadable, decode
from tests.support.bombs import brotli_bomb, gzip_bomb, nested_bomb, zstd_bomb
from tests.support.feeds import ATOM

LIMIT = 1_000_000
RAW_DEFLATE = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(ATOM),
    "x-gzip": gzip.compress(ATOM),
    "deflate": zlib.compress(ATOM),
    "br": brotli.compress(ATOM),
    "zstd": zstandard.compress(ATOM),
}


@pytest.mark.parametrize("coding", CODED)
def test_every_coding_that_we_ask_for_is_undone(coding: str) -> None:
    assert decode(CODED[coding], coding.upper(), LIMIT) == ATOM


def test_deflate_without_its_wrapping_is_undone_too() -> None:
    raw = RAW_DEFLATE.compress(ATOM) + RAW_DEFLATE.flush()

    assert decode(raw, "deflate", LIMIT) == ATOM


@pytest.mark.parametrize("codings", [None, "", "identity", " , identity,"])
def test_a_body_without_coding_is_itself(codings: str | None) -> None:
    assert decode(ATOM, codings, LIMIT) == ATOM


def test_codings_are_undone_last_one_first() -> None:
    assert decode(brotli.compress(gzip.compress(ATOM)), "gzip, br", LIMIT) == ATOM


def test_an_empty_body_needs_no_coding() -> None:
    assert decode(b"", "gzip", LIMIT) == b""


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_parts_in_a_row_are_one_body(coding: str) -> None:
    assert decode(CODED[coding] * 3, coding, LIMIT) == ATOM * 3


def test_what_follows_gzip_without_being_it_is_ignored() -> None:
    assert decode(CODED["gzip"] + b"\0\0\r\n", "gzip", LIMIT) == ATOM


@pytest.mark.parametrize("coding", CODED)
@given(st.data())
def test_a_cut_body_is_refused_wherever_it_was_cut(coding: str, data: st.DataObject) -> None:
    whole = CODED[coding]
    at = data.draw(st.integers(min_value=1, max_value=len(whole) - 1))

    with pytest.raises(Unreadable, match=r"^(cut off|damaged|said to be gzip)"):
        decode(whole[:at], coding, LIMIT)


@pytest.mark.parametrize("coding", CODED)
@given(body=st.binary(min_size=1, max_size=300))
def test_whatever_comes_is_decoded_or_refused(coding: str, body: bytes) -> None:
    with suppress(Unreadable):
        assert len(decode(body, coding, LIMIT)) <= LIMIT


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (gzip_bomb(), "gzip"),
        (gzip_bomb(wbits=15), "deflate"),
        (gzip_bomb(wbits=-15), "deflate"),
        (brotli_bomb(), "br"),
        (zstd_bomb(), "zstd"),
        (nested_bomb(), "gzip, gzip"),
        (brotli.compress(zstd_bomb()), "zstd, br"),
    ],
    ids=["gzip", "deflate", "raw deflate", "br", "zstd", "gzip in gzip", "zstd in br"],
)
def test_a_bomb_does_not_go_off(body: bytes, codings: str) -> None:
    with pytest.raises(Unreadable, match=r"^decodes to more than 1 MB$"):
        decode(body, codings, LIMIT)


def test_a_bomb_is_just_what_it_seems_to_be() -> None:
    assert decode(zstd_bomb(1 << 20), "zstd", 1 << 20) == bytes(1 << 20)
    assert decode(brotli_bomb(1 << 20), "br", 1 << 20) == bytes(1 << 20)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_parts_without_end_are_refused(coding: str) -> None:
    empty = {"gzip": gzip.compress(b""), "zstd": zstandard.compress(b"")}[coding]

    with pytest.raises(Unreadable, match="more than 64 parts"):
        decode(empty * 1000, coding, LIMIT)


def test_a_window_of_gigabytes_is_refused() -> None:
    far = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27)
    ).compressobj()
    body = far.compress(b"x" * 1000) + far.flush()

    with pytest.raises(Unreadable, match="damaged"):
        decode(body, "zstd", LIMIT)


@pytest.mark.parametrize("codings", ["gzip, gzip, gzip", "compress", "gzip, wbr", "aws-chunked"])
def test_codings_that_are_too_many_or_unknown_are_refused(codings: str) -> None:
    with pytest.raises(Unreadable, match=r"^(encoded 3 times over|unknown content coding)"):
        decode(CODED["gzip"], codings, LIMIT)


def test_a_body_that_is_too_large_as_it_is_is_refused() -> None:
    with pytest.raises(Unreadable, match="larger than 10 bytes"):
        decode(b"x" * 11, None, 10)
