"""An edit changes no other line, whichever way the file is written."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config import compose, edit, nodes
from aggregator.errors import AggregatorError

URL = "https://new.example/feed.xml"


def read(text: str) -> object:
    return nodes.plain(compose.read(text).root)


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


@settings(max_examples=40)
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


@settings(max_examples=40)
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


@settings(max_examples=40)
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
