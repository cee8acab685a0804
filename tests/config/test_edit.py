"""An edit does what was asked for, and leaves every other line byte for byte."""

from pathlib import Path

import pytest

from aggregator.config import edit
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
    assert edit.add_feed("", URL, title=" ", groups=['"']) == f"feeds:\n  - {URL}\n"
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
        "site: {}\n...\n",
        "feeds: [a]\n...\n# tail\n---\n",
    ],
)
def test_what_is_written_too_cleverly_is_refused_not_damaged(text: str) -> None:
    with pytest.raises(AggregatorError):
        edit.remove_feed(edit.add_feed(text, URL), "https://b.example/")


@pytest.mark.parametrize("text", ["views: &f [x]\nfeeds: *f\n", "feeds: &f\n- a\n- x\nviews: []\n"])
def test_a_list_with_an_anchor_gives_nothing_up(text: str) -> None:
    with pytest.raises(NotEditable, match="by hand"):
        edit.remove_feed(text, "x")


def test_a_list_without_people_in_it_takes_one() -> None:
    assert edit.add_person("people: [x]", "Ann Bell") == "people: [x, {name: Ann Bell}]"


@pytest.mark.parametrize(
    "spelling", ["http://www.a.example/feed/?utm_source=x", "https://a.example/feed#news"]
)
def test_a_feed_known_by_another_spelling_is_not_added(spelling: str) -> None:
    with pytest.raises(FeedExists, match=r"https://a\.example/feed is in feeds\.yaml already"):
        edit.add_feed(FILE, spelling)


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
        Outline("file:secret.xml", " "),
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

    with pytest.raises(NotEditable, match=r"^`gopher://x/` has scheme `gopher`"):
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


@pytest.mark.parametrize("with_its_folder", [True, False])
def test_a_file_that_vanishes_meanwhile_is_one_clear_error(
    tmp_path: Path, with_its_folder: bool
) -> None:
    file = tmp_path / "instance" / "feeds.yaml"
    file.parent.mkdir()
    file.write_text(FILE)

    def vanish(text: str) -> str:
        file.unlink()
        if with_its_folder:
            file.parent.rmdir()
        return edit.add_feed(text, URL)

    with pytest.raises(Unusable, match="cannot be written"):
        edit.rewrite(file, {}, vanish)

    assert list(tmp_path.rglob("*")) == ([] if with_its_folder else [file.parent])
