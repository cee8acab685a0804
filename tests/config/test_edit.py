"""An edit does what was asked for, and leaves every other line byte for byte."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import compose, edit, nodes
from aggregator.errors import (
    AggregatorError,
    ConfigError,
    FeedExists,
    NoSuchFeed,
    NotEditable,
    PersonExists,
    Unusable,
)
from aggregator.opml import Outline

URL = "https://new.example/feed.xml"

FILE = """\
# yaml-language-server: $schema=feeds.schema.json
site:      {title:   Watch}   # aligned

feeds:
  # the wire
  - https://a.example/feed
  - url: https://b.example/feed   # slow
    title: "B"
    # interval: 30m
  # the end

people:
- name: Sergey Lavrov
  slug: sergei-lavrov
"""


def read(text: str) -> object:
    return nodes.plain(compose.read(text).root)


def test_a_feed_is_added_below_the_last_and_above_what_follows() -> None:
    changed = edit.add_feed(FILE, URL, title="New: feed", language="de", groups=["eu", "a, b"])

    assert changed == FILE.replace(
        "    # interval: 30m\n",
        "    # interval: 30m\n"
        f"  - url: {URL}\n"
        '    title: "New: feed"\n'
        "    language: de\n"
        '    groups: [eu, "a, b"]\n',
    )


def test_an_address_alone_is_one_line() -> None:
    assert f"\n  - {URL}\n" in edit.add_feed(FILE, URL)


def test_a_person_is_added_at_the_indentation_of_the_list() -> None:
    changed = edit.add_person(
        FILE, "Kaja  Kallas", slug="kallas", aliases=["Кая Каллас", "No"], wikidata="Q1"
    )

    assert changed == FILE + (
        "- name: Kaja Kallas\n  slug: kallas\n  aliases: [Кая Каллас, No]\n  wikidata: Q1\n"
    )


def test_a_feed_is_removed_with_its_keys_and_nothing_else() -> None:
    changed = edit.remove_feed(FILE, "http://www.b.example/feed?utm_source=x")

    assert changed == FILE.replace('  - url: https://b.example/feed   # slow\n    title: "B"\n', "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "feeds:\n  - URL\n"),
        ("# only a comment", "# only a comment\nfeeds:\n  - URL"),
        ("site: {title: x}\n", "site: {title: x}\nfeeds:\n  - URL\n"),
        ("feeds:", "feeds:\n  - URL"),
        ("feeds:  # none yet\npeople:\n", "feeds:  # none yet\n  - URL\npeople:\n"),
        ("feeds: []  # none yet\n", "feeds:  # none yet\n  - URL\n"),
        ("feeds: null\r\nviews:\r\n", "feeds:\r\n  - URL\r\nviews:\r\n"),
        ("feeds: [\n]\n", "feeds: [URL\n]\n"),
        ("feeds: [a, b, ]  # two\n", "feeds: [a, b, URL, ]  # two\n"),
        ("feeds: [a,\n  {url: b}  # c\n]\n", "feeds: [a,\n  {url: b}, URL  # c\n]\n"),
        ("{}", "{feeds: [URL]}"),
        ("{feeds: []}", "{feeds: [URL]}"),
        ("{site: {title: x}}", "{site: {title: x}, feeds: [URL]}"),
        ("feeds:\n-   url: a\n    title: |\n      A\n\n\nkeep:\n", None),
        ("feeds:\n  -\n    url: a\n  - b", "feeds:\n  -\n    url: a\n  - b\n  - URL"),
        ("feeds:\n    - a\n\n\n    - b\n\n\n", "feeds:\n    - a\n\n\n    - b\n    - URL\n\n\n"),
        ("---\nfeeds:\n- a\n...\n", "---\nfeeds:\n- a\n- URL\n...\n"),
        ("feeds: &all\n  - a\nviews: *all\n", None),
    ],
)
def test_every_way_to_write_a_list_takes_an_entry(before: str, after: str | None) -> None:
    if after is None:
        after = {
            True: before.replace("      A\n", "      A\n-   URL\n"),
            False: before,
        }["title" in before]
    if "&all" in before:
        with pytest.raises(NotEditable):
            edit.add_feed(before, URL)
        return

    assert edit.add_feed(before, URL) == after.replace("URL", URL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("feeds:\n  - x\n", "feeds:\n"),
        ("feeds:\n  - a\n  - x", "feeds:\n  - a"),
        ("feeds:\r\n  - a\r\n  - x\r\n  - b\r\n", "feeds:\r\n  - a\r\n  - b\r\n"),
        ("feeds:\n- a\n# c\n\n-\n  url: x\n  # d\n  title: t\n# e\n", "feeds:\n- a\n# c\n\n# e\n"),
        ("feeds:\n- url: x\n  title: |\n    t\n\n\nkeep:\n", "feeds:\n\n\nkeep:\n"),
        ("feeds: [x]", "feeds: []"),
        ("feeds: [ x , ]", "feeds: [  ]"),
        ("feeds: [x, a]", "feeds: [a]"),
        ("feeds: [a, x]", "feeds: [a]"),
        ("feeds: [a, x, b]", "feeds: [a, b]"),
        ("feeds: [\n  a,\n  x,  # gone\n  b\n]\n", "feeds: [\n  a,\n  b\n]\n"),
        ("feeds: [\n  a,\n  {url: x}\n]\n", "feeds: [\n  a,\n]\n"),
    ],
)
def test_every_way_to_write_a_list_gives_an_entry_up(before: str, after: str) -> None:
    assert edit.remove_feed(before, "x") == after


@pytest.mark.parametrize(
    "text",
    [
        "feeds: &f [a]\nviews: *f\n",
        "views: &f [a]\nfeeds: *f\n",
        "feeds: {a: b}\n",
        "feeds: word\n",
        "- a\n",
        "feeds:\n- &u https://b.example/\n- url: *u\n",
        "feeds: [a]\n...\n# tail\n---\n",
    ],
)
def test_what_is_written_too_cleverly_is_refused_not_damaged(text: str) -> None:
    with pytest.raises(AggregatorError):
        edit.remove_feed(edit.add_feed(text, URL), "https://b.example/")


def test_a_feed_known_by_another_spelling_is_not_added() -> None:
    with pytest.raises(FeedExists, match=r"https://a\.example/feed is in feeds\.yaml already"):
        edit.add_feed(FILE, "http://www.a.example/feed/?utm_source=x")


def test_a_feed_that_is_not_there_is_not_removed() -> None:
    with pytest.raises(NoSuchFeed, match="feeds list"):
        edit.remove_feed(FILE, URL)


def test_a_person_with_the_same_slug_is_not_added() -> None:
    with pytest.raises(PersonExists, match="Sergey Lavrov has the slug sergei-lavrov already"):
        edit.add_person(FILE, "Sergei Lavrov")


def test_opml_feeds_are_added_once_with_their_folders_as_groups() -> None:
    outlines = [
        Outline("https://c.example/feed", "C\u0007 & ${D}", ("News", 'The "best"')),
        Outline(" https://d.example/feed "),
        Outline("https://www.d.example/feed"),
        Outline("https://a.example/feed"),
        Outline("file:secret.xml"),
        Outline("https://e.example/${HOME}"),
    ]

    imported = edit.import_feeds(FILE, outlines)

    assert imported.added == (outlines[0], outlines[1])
    assert imported.known == (outlines[2], outlines[3])
    assert [reason for _, reason in imported.refused] == [
        "`file:secret.xml` has scheme `file`: write an http:// or https:// address",
        "`https://e.example/${HOME}` holds signs that no address has",
    ]
    added = (
        "  - url: https://c.example/feed\n"
        "    title: C & $ {D}\n"
        "    groups: [News, The best]\n"
        "  - https://d.example/feed\n"
    )
    assert imported.text == FILE.replace("30m\n", "30m\n" + added)


def test_importing_nothing_new_changes_nothing() -> None:
    assert edit.import_feeds(FILE, [Outline("https://a.example/feed")]).text == FILE


def test_a_file_is_rewritten_whole_with_its_mark_and_mode(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_bytes(b"\xef\xbb\xbffeeds:\r\n  - https://a.example/\r\n")
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)

    config = edit.rewrite(link, {}, lambda text: edit.add_feed(text, URL))

    assert [feed.url for feed in config.feeds] == ["https://a.example/", URL]
    assert file.read_bytes() == (
        b"\xef\xbb\xbffeeds:\r\n  - https://a.example/\r\n  - " + URL.encode() + b"\r\n"
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [file, link]


def test_a_change_that_makes_the_file_wrong_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(FILE)

    with pytest.raises(ConfigError, match=r"feeds\.yaml:10:5: .*has scheme `gopher`"):
        edit.rewrite(file, {}, lambda text: edit.add_feed(text, "gopher://x/"))

    assert file.read_text() == FILE


def test_a_file_that_is_wrong_already_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("fedes:\n")

    with pytest.raises(ConfigError, match="did you mean `feeds`"):
        edit.rewrite(file, {}, lambda text: edit.add_feed(text, URL))

    assert file.read_text() == "fedes:\n"


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(FILE)
    before = file.stat()

    edit.rewrite(file, {}, lambda text: text)

    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_vanishes_meanwhile_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(FILE)

    def vanish(text: str) -> str:
        file.unlink()
        return edit.add_feed(text, URL)

    with pytest.raises(Unusable, match="cannot be written"):
        edit.rewrite(file, {}, vanish)

    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Style:
    """One way to write the same file."""

    indent: int
    gap: int
    end: str
    last: str
    flow: bool
    comments: tuple[str, ...]


_words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
_comments = st.lists(
    st.sampled_from(["", "   # deep", "# shallow: {", "          # deeper"]), max_size=2
).map(tuple)
_styles = st.builds(
    Style,
    indent=st.sampled_from([0, 2, 4]),
    gap=st.sampled_from([2, 4]),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.sampled_from(["", "\n", "\n\n# the end"]),
    flow=st.booleans(),
    comments=_comments,
)
_entries = st.lists(
    st.tuples(st.integers(0, 10**6), st.none() | _words, st.booleans()),
    max_size=4,
    unique_by=lambda entry: entry[0],
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def written(style: Style, entries: list[tuple[int, str | None, bool]]) -> str:
    """A file with these feeds, in this style."""
    shown = [
        (f"https://{number}.example/", None if title is None else quoted(title), inline)
        for number, title, inline in entries
    ]
    lines = ["# top", "site: {title:   'x'}  # aligned"]
    if style.flow:
        inside = ", ".join(
            url if t is None else f"{{url: '{url}', title: {t}}}" for url, t, _ in shown
        )
        lines.append(f"feeds: [{inside}]  # all of them")
    else:
        lines.append("feeds:")
        dash = " " * style.indent + "-".ljust(style.gap)
        for url, title, inline in shown:
            lines += style.comments
            if title is None:
                lines.append(f"{dash}{url}  # alone")
            elif inline:
                lines.append(f"{dash}{{url: {url} , title: {title}}}")
            else:
                lines += [f"{dash}url: {url}", " " * len(dash) + f"title: {title}"]
    lines += ["", "views:", "# none", "keep: {items: 5y}"]
    return style.end.join(lines) + style.last.replace("\n", style.end)


@given(_styles, _entries, _words, st.lists(_words, max_size=3))
def test_adding_changes_no_other_line_in_any_style(
    style: Style, entries: list[tuple[int, str | None, bool]], title: str, groups: list[str]
) -> None:
    text = written(style, entries)

    changed = edit.add_feed(text, URL, title=title, groups=groups)

    before, after = read(text), read(changed)
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert {**after, "feeds": (after["feeds"] or [])[:-1]} == {
        **before,
        "feeds": before["feeds"] or [],
    }
    new = after["feeds"][-1]
    assert new == URL or new["url"] == URL
    kept, lines = text.split(style.end), changed.split(style.end)
    if not style.flow:
        first = next(
            (i for i, (a, b) in enumerate(zip(kept, lines, strict=False)) if a != b), len(kept)
        )
        assert lines[first + len(lines) - len(kept) :] == kept[first:]
    else:
        assert [line for line in kept if not line.startswith("feeds")] == [
            line
            for line in lines
            if not line.startswith(("feeds", "  - ", "    title", "    groups"))
        ]
    assert "\r" not in changed.replace("\r\n", "") if style.end == "\r\n" else "\r" not in changed


@given(_styles, _entries.filter(bool), st.data())
def test_removing_changes_no_other_line_in_any_style(
    style: Style, entries: list[tuple[int, str | None, bool]], data: st.DataObject
) -> None:
    text = written(style, entries)
    number = data.draw(st.integers(0, len(entries) - 1))

    changed = edit.remove_feed(text, f"https://{entries[number][0]}.example/")

    before, after = read(text), read(changed)
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    del before["feeds"][number]
    assert {**after, "feeds": after["feeds"] or []} == before
    if not style.flow:
        kept, lines = text.split(style.end), changed.split(style.end)
        first = next(
            (i for i, (a, b) in enumerate(zip(kept, lines, strict=False)) if a != b), len(lines)
        )
        assert lines[first:] == kept[first + len(kept) - len(lines) :]


@given(_styles, _entries)
def test_adding_and_removing_gives_the_text_back(
    style: Style, entries: list[tuple[int, str | None, bool]]
) -> None:
    text = written(style, entries)

    back = edit.remove_feed(edit.add_feed(text, URL), URL)

    if entries:
        assert back == text
    else:
        assert read(back) == {**dict(read(text) or {}), "feeds": None}  # type: ignore[call-overload]


@given(st.text("-[]{}:,#&*|>'\"! \nfeds:ab", max_size=40))
def test_any_text_is_edited_rightly_or_refused(text: str) -> None:
    text = "feeds:" + text
    try:
        changed = edit.add_feed(text, URL)
    except AggregatorError:
        return

    after = read(changed)
    assert isinstance(after, dict)
    assert after["feeds"][-1] == URL
