import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.errors import NotOpml
from aggregator.opml import MAX_BYTES, Outline, read, write


def document(body: str) -> bytes:
    return f'<opml version="1.0"><head/><body>{body}</body></opml>'.encode()


def test_folders_around_a_feed_become_its_groups() -> None:
    body = document(
        """<outline text="Loose" xmlUrl="https://a.example/f"/>
        <outline text="News"><outline text="Europe">
            <!-- the wire -->
            <outline title="B" text="b" xmlUrl="https://b.example/f" htmlUrl="https://b.example/"/>
        </outline></outline>"""
    )

    assert read(body) == (
        Outline("https://a.example/f", "Loose"),
        Outline("https://b.example/f", "B", ("News", "Europe"), "https://b.example/"),
    )


def test_a_feed_in_two_folders_is_one_outline_with_both_groups() -> None:
    line = '<outline text="A" xmlUrl="https://a.example/f"/>'

    read_back = read(
        document(f'<outline text="x">{line}</outline><outline text="y">{line}</outline>')
    )

    assert read_back == (Outline("https://a.example/f", "A", ("x", "y")),)


def test_slips_of_other_programs_are_read_past() -> None:
    body = (
        b'\n<?xml version="1.0"?><OPML><body>'
        b'<outline TYPE="rss" URL="https://a.example/?x=1&y=2" text="  Q &\n A "/>'
        b'<outline xmlurl="https://b.example/f"/>'
        b'<outline type="link" url="https://c.example/"/></body></OPML>'
    )

    read_back = read(body)

    assert [outline.url.split("?")[0] for outline in read_back] == [
        "https://a.example/",
        "https://b.example/f",
    ]
    assert read_back[1].title is None


def test_bytes_in_other_encodings_follow_the_declaration() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Лента" xmlUrl="u"/></body></opml>'

    assert read(text.encode("cp1251")) == (Outline("u", "Лента"),)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "cannot be read as XML"),
        (b"\x00\x01", "cannot be read as XML"),
        (b"just words", "cannot be read as XML"),
        (b"<rss><channel/></rss>", "it is a feed, so add its address instead"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "it is a feed"),
        (b"<html/>", "no OPML but <html>"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "declares XML entities"),
        (b" " * (MAX_BYTES + 1), "larger than 20 MB"),
        (document("<outline/>" * 100_001), "more than 100000 outlines"),
    ],
)
def test_what_is_no_opml_is_refused_with_a_reason(body: bytes, message: str) -> None:
    with pytest.raises(NotOpml, match=message):
        read(body)


def test_a_written_document_names_groups_as_folders() -> None:
    body = write(
        "Sources",
        [
            Outline("https://a.example/f", "A & B", ("z", "eu")),
            Outline("https://b.example/f", None, (), "https://b.example/"),
        ],
    )

    assert body.decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>Sources</title>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline type="rss" text="https://b.example/f" title="https://b.example/f"'
        ' xmlUrl="https://b.example/f" htmlUrl="https://b.example/"/>\n'
        '    <outline text="eu" title="eu">\n'
        '      <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/f"/>\n'
        "    </outline>\n"
        '    <outline text="z" title="z">\n'
        '      <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/f"/>\n'
        "    </outline>\n"
        "  </body>\n"
        "</opml>\n"
    )


_clean_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
_outlines = st.lists(
    st.builds(
        Outline,
        _clean_words,
        _clean_words,
        st.lists(_clean_words, max_size=3, unique=True).map(tuple),
        st.none() | _clean_words,
    ),
    unique_by=lambda outline: outline.url,
    max_size=6,
)


@given(_outlines)
def test_what_is_written_reads_back_the_same_but_for_order(outlines: list[Outline]) -> None:
    read_back = {outline.url: outline for outline in read(write("Sources", outlines))}

    assert {url: (o.title, set(o.groups), o.home) for url, o in read_back.items()} == {
        o.url: (o.title, set(o.groups), o.home) for o in outlines
    }


@given(st.text(), st.lists(st.builds(Outline, st.text(), st.text(), st.just(()), st.text())))
def test_any_text_at_all_is_written_as_well_formed_xml(title: str, outlines: list[Outline]) -> None:
    etree.fromstring(write(title, outlines))


@given(st.binary() | st.binary().map(lambda rest: b"<opml><outline xmlUrl='" + rest))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    message = ""
    try:
        read(body)
    except NotOpml as refusal:
        message = str(refusal)

    assert "\n" not in message
