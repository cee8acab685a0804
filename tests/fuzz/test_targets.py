"""Every fuzz target, on the corpus and on what Hypothesis makes of it."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.support.corpus import CORPUS

SEEDS = [path.read_bytes() for path in sorted(CORPUS.iterdir()) if path.suffix != ".md"]
SNIPPETS = (
    *("Sergey Lav\u00adrov&rsquo;s talks", "<p>Anna May</p><p>King</p>", "Лаврову", "#AnnaMay"),
    *("https://m.news.example/a?utm_source=x#!/b", "http://[::1]:99999/%zz", "//user:pw@host\\x"),
    *("feeds: [{url: http://a.example, interval: 1e9d}]", "a: &a [*a, *a]", "people: !!python/x"),
    *("120", "Sun, 06 Nov 1994 08:49:37 GMT", "max-age=99999999999999999999", "0001-01-01T00:00Z"),
    *("a and (b or not c", '<opml><body><outline xmlUrl="x"/></body></opml>', "\x00\ud800"),
    'http://[::1] href="https://harbour.example/tide"/>\n<id>http://[::1]:80 x',
    '<?xml version="1.0"?><r0001-01-01T00:00:00+14:00ss version="2.0"><a:b:c/></x>',
)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_the_corpus_and_odd_snippets_break_nothing(target: Callable[[bytes], None]) -> None:
    for seed in SEEDS:
        target(seed)
    for snippet in SNIPPETS:
        target(snippet.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    made=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=80).map(lambda text: text.encode("utf-8")),
        st.lists(st.sampled_from(SNIPPETS), max_size=4).map(
            lambda parts: " ".join(parts).encode("utf-8", "surrogatepass")
        ),
    )
)
def test_whatever_comes_breaks_nothing(target: Callable[[bytes], None], made: bytes) -> None:
    target(made)
