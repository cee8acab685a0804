"""Characters out of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.xmltext import (
    EntityBomb,
    clean,
    decoded,
    without_bad_references,
    without_entities,
    without_many_labels,
)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Паром"),
        ("koi8-r", "Паром"),
        ("windows-1251", "Паром"),
        ("gb2312", "渡轮"),
        ("big5", "渡輪"),
        ("shift_jis", "フェリー"),
        ("euc-kr", "여객선"),
        ("iso-8859-2", "přístav"),
        ("iso-8859-15", "5 € für"),
    ],
)
def test_the_header_says_the_charset(charset: str, text: str) -> None:
    assert decoded(text.encode(charset), f'text/xml; charset="{charset}"') == (text, None)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_are_known_by_how_a_document_starts(charset: str) -> None:
    assert decoded("<?xml?>Паром".encode(charset), None) == ("<?xml?>Паром", None)
    assert decoded("\ufeff<a>".encode(charset), "text/xml; charset=koi8-r") == ("<a>", None)


@pytest.mark.parametrize("name", ["punycode", "unicode_escape", "hex", "undefined", "nonsense"])
def test_what_is_no_charset_of_documents_is_not_tried(name: str) -> None:
    text, note = decoded(b"<a>fog</a>", f"text/xml; charset={name}")

    assert text == "<a>fog</a>"
    assert note == f"could not be read as {name}, was read as utf-8"


def test_curly_quotes_in_what_claims_to_be_latin_are_quotes() -> None:
    assert decoded(b"\x93fog\x94", "text/xml; charset=iso-8859-1")[0] == "“fog”"
    assert decoded(b"\x81fog", "text/xml; charset=iso-8859-1")[0] == "\x81fog"


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_have_characters(body: bytes, content_type: str | None) -> None:
    text, _ = decoded(body, content_type)

    clean(text).encode("utf-8")


def test_references_to_forbidden_characters_are_left_out() -> None:
    markup = "&#0;&#x1F;&#xD800;&#99999999;&#x41;&#66;&amp;"

    assert without_bad_references(markup) == "&#x41;&#66;&amp;"


@pytest.mark.parametrize(
    ("document", "rest"),
    [
        ("<rss/>", "<rss/>"),
        ("<!DOCTYPE rss><rss/>", "<rss/>"),
        ('<!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss/>', "<rss/>"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "<r>&x;</r>"),
        (
            '<!DOCTYPE r [<!ENTITY c "&#169;">]><r/>',
            '<!DOCTYPE feed [\n<!ENTITY c "&#169;">\n]>\n<r/>',
        ),
        ('<!DOCTYPE r [<!ENTITY long "' + "x" * 60 + '">]><r/>', "<r/>"),
        ("<!DOCTYPE r [<!ENTITY a 'x'><r/>", '<!DOCTYPE feed [\n<!ENTITY a "x">\n]>\n<r/>'),
        ("<!doctype", ""),
    ],
)
def test_of_a_doctype_only_names_of_short_texts_stay(document: str, rest: str) -> None:
    assert without_entities(document) == rest


@pytest.mark.parametrize(
    "declared", ['<!ENTITY b "&a;&a;">', "<!ENTITY b 'fog &a;'>", '<!ENTITY % b "%a;%a;">']
)
def test_entities_made_of_entities_are_refused(declared: str) -> None:
    with pytest.raises(EntityBomb):
        without_entities(f'<!DOCTYPE r [<!ENTITY a "fog">{declared}]><r>&b;</r>')


@given(st.text(st.characters(codec=None)))
def test_clean_takes_exactly_what_xml_forbids(text: str) -> None:
    allowed = [
        letter
        for letter in text
        if letter in "\t\n\r"
        or " " <= letter <= "\ud7ff"
        or "\ue000" <= letter <= "\ufffd"
        or letter > "\uffff"
    ]

    assert clean(text) == "".join(allowed)


def test_of_many_labels_of_an_entry_the_first_are_kept_where_nothing_is_well_formed() -> None:
    few, many = (
        "".join(f"<category>{name}{n}</category>" for n in range(count))
        for name, count in (("a", 200), ("b", 900))
    )
    entries = [f"<item><title>One</b></title>{labels}</item>" for labels in (few, many, few)]

    kept = without_many_labels("<rss><channel>" + "".join(entries))

    assert kept.count(">a") == 400
    assert kept.count(">b") == 300
    assert ">b299<" in kept
    assert kept.count("</b></title>") == 3
