"""An edit inserts or removes one stretch of text; every other byte is as it was."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config import compose, edit, nodes
from aggregator.errors import AggregatorError, FeedExists
from aggregator.opml import Outline

FILES = {
    "block": "# top\n\nfeeds:\n  - https://a.example/   # one\n\npeople:\n  - name: Ann Lee  # she\n    aliases: [A. Lee]\n# end",
    "dashes at the margin": "people:\n- name: Ann Lee\n\nfeeds:\n- https://a.example/\n- url: https://b.example/\n  groups: [x]\n",
    "flow": 'feeds: [ "https://a.example/" , {url: "https://b.example/"} ]  # flow\npeople: [{name: Ann Lee}]\n',
    "flow over lines": "people:\n  [\n    {name: Ann Lee},   # she\n    {name: Bo Ek}\n  ]\nfeeds: [\n  https://a.example/,\n]\n",
    "all in braces": "{feeds: [https://a.example/], people: [{name: Ann Lee}]}",
    "crlf": "feeds:\r\n  - https://a.example/\r\npeople:\r\n  - name: Ann Lee\r\nsite:\r\n  title: x\r\n",
    "no end of line": "people:\n  - name: Ann Lee\nfeeds:\n  - https://a.example/",
    "tabs in comments": "feeds:\t# the\tfeeds\n  - https://a.example/\t# one\npeople: \n  - name: Ann Lee\t\n",
    "anchors": "people:\n  - name: &n Ann Lee\n    must: [*n]\nfeeds:\n  - &u https://a.example/\nsite: {title: *n}\n",
    "texts of several lines": "site:\n  title: >-\n    A\n    title\nfeeds:\n  - url: https://a.example/\n    title: |-\n      - not: a list\npeople:\n  - name: Ann Lee\n",
    "deep indentation": "feeds:\n      -   url: https://a.example/\n          title: A\npeople:\n      -   name: Ann Lee\n",
    "other letters": "# Ленты · 新闻 · \U0001f4f0\nfeeds:\n  - url: https://a.example/\n    title: Новости — 新闻 \U0001f4f0\npeople:\n  - name: Лавров\n",
    "document marks": "---\nfeeds:\n  - https://a.example/\npeople:\n  - name: Ann Lee\n",
    "empty lists": "feeds: []   # none yet\npeople:\n  # nobody\nviews: []\n",
    "nothing listed": "site: {title: x}\n",
    "only a comment": "# nothing here\n",
}
_EMPTY = ("", "[]", " []", "[ ]", " [ ]", "null", " null", "~", " ~")
_names = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=20)


def read(text: str) -> dict[str, object]:
    root = nodes.plain(compose.read(text).root)
    assert root is None or isinstance(root, dict)
    return root or {}


def section(text: str, name: str) -> list[object]:
    found = read(text).get(name)
    return list(found) if isinstance(found, list) else []


def rest(text: str, name: str) -> dict[str, object]:
    return {key: value for key, value in read(text).items() if key != name}


def common(one: str, other: str) -> int:
    """How many letters two texts have in common from the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def lost(before: str, after: str) -> str:
    """What of the text before is gone, where one stretch was replaced by another."""
    start = common(before, after)
    end = common(before[start:][::-1], after[start:][::-1])
    gone = before[start : len(before) - end]
    return gone.partition("   # none")[0]  # a comment moves to the left by its `[]`


@pytest.mark.parametrize("style", FILES)
@settings(max_examples=15)
@given(name=_names, aliases=st.lists(_names.filter(str.strip), max_size=2))
def test_adding_a_person_only_inserts(style: str, name: str, aliases: list[str]) -> None:
    before = FILES[style]
    name = f"Q{name}"

    after = edit.add_person(before, name, slug="new-one", aliases=aliases)

    added = section(after, "people")
    assert added[:-1] == section(before, "people")
    new = added[-1]
    assert isinstance(new, dict)
    assert "".join(str(new["name"]).split()) == "".join(name.split())
    assert rest(after, "people") == rest(before, "people")
    assert lost(before, after) in _EMPTY


@pytest.mark.parametrize("style", FILES)
@settings(max_examples=15)
@given(
    titles=st.lists(st.none() | _names, min_size=1, max_size=4), groups=st.lists(_names, max_size=2)
)
def test_importing_only_inserts(style: str, titles: list[str | None], groups: list[str]) -> None:
    before = FILES[style]
    outlines = [
        Outline(f"https://new.example/{number}?a=1&b={{x}}", title, tuple(groups))
        for number, title in enumerate(titles)
    ]

    done = edit.import_feeds(before, outlines)

    assert len(done.added) == len(titles)
    assert section(done.text, "feeds")[: -len(titles)] == section(before, "feeds")
    assert [one["url"] if isinstance(one, dict) else one for one in section(done.text, "feeds")][
        -len(titles) :
    ] == [outline.url for outline in outlines]
    assert rest(done.text, "feeds") == rest(before, "feeds")
    assert lost(before, done.text) in _EMPTY
    assert edit.import_feeds(done.text, outlines).text == done.text


@pytest.mark.parametrize("style", FILES)
def test_removing_what_was_added_gives_the_feeds_back(style: str) -> None:
    before = FILES[style]

    added = edit.add_feed(before, "https://new.example/")
    back = edit.remove_feed(added, "http://www.new.example")

    assert section(back, "feeds") == section(before, "feeds")
    assert rest(back, "feeds") == rest(before, "feeds")
    with pytest.raises(FeedExists):
        edit.add_feed(added, "http://new.example/?utm_source=x")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("style", [style for style in FILES if style != "only a comment"])
def test_a_file_keeps_its_bytes(tmp_path: Path, style: str, mark: bytes) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_bytes(mark + FILES[style].encode())
    try:
        edit.rewrite(file, {}, lambda text: edit.add_feed(text, "https://new.example/"))
    except AggregatorError as error:
        pytest.fail(str(error))

    after = file.read_bytes()

    assert after.startswith(mark)
    assert after.removeprefix(mark).decode() == edit.add_feed(FILES[style], "https://new.example/")
