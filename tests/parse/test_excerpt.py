"""Entries that are taken out unparsed: what is left comes to the same as the whole document."""

from dataclasses import replace

import pytest

from aggregator.parse.document import parse
from aggregator.parse.excerpt import excerpt
from aggregator.parse.increment import own_digests
from aggregator.parse.scan import MAX_ENTRIES
from aggregator.values.item import ParsedFeed
from tests.support.corpus import URL
from tests.support.wordpress import Post, wordpress

SLASH = 'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
OLD = "<item><guid>old</guid><title>Old</title></item>"
OTHER = "<item><guid>other</guid><title>Other</title></item>"
NEW = "<item><guid>new</guid><title>New</title></item>"


def rss(items: str, *, root: str = "", head: str = "<title>News</title>") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0" {root}><channel>{head}{items}</channel></rss>'.encode()


def read(body: bytes, seen: tuple[bytes, ...] = ()) -> ParsedFeed:
    return parse(body, url=URL, content_type=None, seen=frozenset(seen))


def parts(body: bytes, seen: tuple[bytes, ...]) -> int:
    """How many places of a document stand for entries that are not looked at."""
    return len(excerpt(body, own_digests(seen)).left_out)


def check_like_whole(body: bytes, seen: tuple[bytes, ...]) -> None:
    """Check that what was seen changes nothing but that it is not read again."""
    whole = read(body)
    left = [place for place, mark in enumerate(whole.marks) if mark not in seen]
    if whole.marks:
        whole = replace(
            whole,
            entries=tuple(whole.entries[place] for place in left),
            marks=tuple(whole.marks[place] for place in left),
            seen=tuple(mark for mark in whole.marks if mark in seen),
        )
    assert read(body, seen) == whole


def test_entries_side_by_side_are_left_out_together() -> None:
    posts = [Post(f"Post {n}", f"<p>Words {n}.</p>", f"http://news.example/{n}") for n in range(9)]
    seen = read(wordpress(posts[1:])).marks
    body = wordpress(posts)

    rest = excerpt(body, own_digests(seen))

    assert [len(digests) for _, digests in rest.left_out] == [8]
    assert b"Post 0" in rest.document
    assert b"Post 1" not in rest.document
    check_like_whole(body, seen)


def test_entries_with_a_new_one_between_them_are_left_out_apart() -> None:
    seen = read(rss(OLD + OTHER)).marks
    body = rss(f"{OLD}\n{NEW}\n{OTHER}")

    assert parts(body, seen) == 2
    check_like_whole(body, seen)


@pytest.mark.parametrize(
    "hidden",
    [
        f"<item><guid>new</guid><description><![CDATA[{OLD}]]></description></item>",
        f"<!-- {OLD} -->",
        f"<item><guid>new</guid>{OLD}</item>",
        f"<item><guid>new</guid></item><?php {OLD} ?>",
    ],
    ids=["in CDATA", "in a comment", "in another entry", "in an instruction"],
)
def test_what_only_looks_like_a_known_entry_is_read(hidden: str) -> None:
    seen = read(rss(OLD)).marks
    body = rss(hidden)

    check_like_whole(body, seen)


@pytest.mark.parametrize(
    "body",
    [
        rss(f"{NEW}{OLD}<item><title>A & B</title></item>"),
        rss(f"{NEW}{OLD}")[:-8],
        rss(f"{NEW}{OLD}", root='xml:lang="de"'),
        rss(f"{NEW}{OLD}", head="<title>News</title><language>fr</language>"),
        rss(f"{NEW}<channel>{OLD}</channel>"),
        rss(f"{NEW}{OLD}&undeclared;"),
        rss(f"{NEW}{OLD}").replace(b'version="1.0"', b'version="1.0" encoding="windows-1251"'),
    ],
    ids=["no XML", "torn", "another root", "another language", "elsewhere", "entity", "charset"],
)
def test_where_anything_else_is_in_doubt_all_is_read(body: bytes) -> None:
    seen = read(rss(OLD)).marks

    assert parts(body, seen) == 1
    check_like_whole(body, seen)


def commented(count: int, text: str = "") -> str:
    return f"<item><guid>old</guid><slash:comments>{count}</slash:comments>{text}</item>"


def test_an_entry_that_was_commented_on_is_not_looked_at_again() -> None:
    seen = read(rss(commented(9), root=SLASH)).marks
    body = rss(NEW + commented(10), root=SLASH)

    assert parts(body, seen) == 1
    check_like_whole(body, seen)


def test_a_text_that_looks_like_a_counter_is_a_text() -> None:
    def quoting(count: int) -> str:
        quoted = f"<![CDATA[<slash:comments>{count}</slash:comments>]]>"
        return commented(3, f"<description>{quoted}</description>")

    seen = read(rss(quoting(1), root=SLASH)).marks
    body = rss(NEW + quoting(2), root=SLASH)

    assert parts(body, seen) == 0
    assert len(read(body, seen).entries) == 2
    check_like_whole(body, seen)


def test_a_counter_of_another_vocabulary_counts_as_content() -> None:
    seen = read(rss(commented(9), root='xmlns:slash="http://other.example/"')).marks
    body = rss(NEW + commented(10), root='xmlns:slash="http://other.example/"')

    assert len(read(body, seen).entries) == 2
    check_like_whole(body, seen)


def test_no_more_entries_are_taken_than_from_a_whole_document() -> None:
    known = "".join(f"<item><guid>{n}</guid></item>" for n in range(MAX_ENTRIES - 1))
    seen = read(rss(known)).marks
    assert len(seen) == MAX_ENTRIES - 1

    check_like_whole(rss(NEW + known), seen)
    check_like_whole(rss(NEW + OTHER + known), seen)
    check_like_whole(rss(known + NEW + OTHER), seen)


def test_a_start_that_nothing_ends_is_passed_over() -> None:
    seen = read(rss(OLD)).marks

    assert parts(rss(OLD + "<item>" * 20_000), seen) == 1
    check_like_whole(rss(f"{OLD}<item>{NEW}"), seen)
    check_like_whole(rss(f"<item/>{OLD}{NEW}<item/>"), seen)
