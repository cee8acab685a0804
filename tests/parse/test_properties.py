"""Whatever the bytes, reading them ends in a feed or in NotAFeed."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAFeed
from aggregator.parse import document
from aggregator.parse.document import parse
from aggregator.parse.entry import _CUT_OFF, _without_cut_off
from aggregator.values.item import ParsedFeed
from tests.support.corpus import CORPUS, URL

SEEDS = [path.read_bytes() for path in sorted(CORPUS.iterdir()) if path.suffix != ".md"]
SMALL = [seed for seed in SEEDS if len(seed) < 3_000]
PIECES = [
    *(b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"&", b"&#xFFFFFFFF;", b"<!ENTITY a '&a;'>"),
    *(b"<", b">", b'"', b"\x00", b"\xff\xfe", b"<title>", b"</rss>", b"xmlns:a='b'", b"<a:b/>"),
    *(b"<!--", b"-->", b"<?xml", b"encoding='utf-16'", b"xml:base='http://['", b"\xed\xa0\x80"),
    *(b"<pubDate>Mon, 99 Foo</pubDate>", b"<category/>", b"<enclosure url='http://[x'/>", b"{"),
    *(b'"items":', b"null", b"1e999", b"<media:title>", b"<source url=''/>", b"<link/>", b"&foo;"),
    *(
        b"<links>x</links>",
        b"<title:detail xmlns:title='x'>x</title:detail>",
        b"<authors/>",
        b"<x:authors a='b'>",
        b"<title_detail>",
        b"<LINKS>",
    ),
]


def read(body: bytes, content_type: str | None = None) -> ParsedFeed | None:
    try:
        return parse(body, url=URL, content_type=content_type)
    except NotAFeed:
        return None


@st.composite
def mutated(draw: Callable[[st.SearchStrategy[int]], int]) -> bytes:
    """A corpus document with pieces cut out, put in and doubled."""
    body = SMALL[draw(st.integers(0, len(SMALL) - 1))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        end = min(at + draw(st.integers(0, 40)), len(body))
        match draw(st.integers(0, 3)):
            case 0:
                body = body[:at] + body[end:]
            case 1:
                body = body[:at] + PIECES[draw(st.integers(0, len(PIECES) - 1))] + body[at:]
            case 2:
                body = body[:end] + body[at:]
            case _:
                body = body[:at]
    return body


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mutated(), st.sampled_from([None, "text/xml; charset=utf-16", "application/json"]))
def test_a_spoilt_document_is_read_or_refused(body: bytes, content_type: str | None) -> None:
    feed = read(body, content_type)

    if feed is not None:
        for entry in feed.entries:
            repr(entry).encode("utf-8")
            assert entry.link is None or entry.link.lower().startswith(("http://", "https://"))


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"<rss><channel>", b"<feed>", b"{"]))
def test_any_bytes_are_read_or_refused(tail: bytes, head: bytes) -> None:
    read(head + tail)


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["id", "url", "title", "authors", "name", "tags", "attachments"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_with_items_is_read_or_refused(value: object) -> None:
    keys = ("title", "language", "authors", "author", "hubs", "icon")
    feed = {"version": "https://jsonfeed.org/version/1.1", **dict.fromkeys(keys, value)}

    read(
        json.dumps(feed | {"items": [value, {"id": value, "tags": value, "image": value}]}).encode()
    )


marks = st.lists(
    st.sampled_from(["…", "[...]", " (more)", "Read more", " continue reading »", " "])
)


@given(st.text(max_size=150), marks)
def test_the_end_of_a_line_tells_whether_it_was_cut_off(text: str, ends: list[str]) -> None:
    line = text + "".join(ends)

    assert _without_cut_off(line) == _CUT_OFF.sub("", line)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mutated(), st.sampled_from([None, "text/xml; charset=utf-16", "x/y; charset=latin-1"]))
@example(
    b"<?xml version='1.0'?><!-- \xe9 --><rss><channel><title>\xc3\xa9</title></channel></rss>", None
)
@example(b"<!-- <?xml version='1.0'?> --><rss><channel><title>&#0;A</title></channel></rss>", None)
@example(b"<rss><channel><title><![CDATA[&#8;A&#x2014;]]></title></channel></rss>", None)
@example(b"\xef\xbb\xbf\n<rss><channel><title>\xff\xfeA</title></channel></rss>", None)
@example(b"<rss><channel><title>\xef\xbf\xbfA\xed\xa0\x80</title></channel></rss>", None)
@example(b"<rss><channel><title>\xc0\x80A\xf4\x90\x80\x80\x0b</title></channel></rss>", None)
@example(b"<rss><channel><title>A</title></channel></rss>\x00", None)
def test_a_body_whose_characters_were_not_looked_at_is_read_alike(
    body: bytes, content_type: str | None
) -> None:
    quickly = read(body, content_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "untouched", lambda *_: None)
        thoroughly = read(body, content_type)

    assert quickly == thoroughly
