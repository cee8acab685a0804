"""Text put into markup: as the libraries would put it."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import escape as jinja_escape

from aggregator.publish import escape
from aggregator.publish.text import clean

texts = st.text(st.sampled_from("&<>\"'\r\n\t é\u2028a;#") | st.characters(codec="utf-8")).map(
    clean
)


@given(texts)
def test_xml_is_escaped_as_lxml_escapes_it(text: str) -> None:
    element = etree.Element("a", b=text)
    element.text = text

    written = etree.tostring(element, encoding="UTF-8", xml_declaration=False).decode()

    assert written == f'<a b="{escape.xml_value(text)}">{escape.xml(text)}</a>'


@given(texts)
def test_pages_are_escaped_as_jinja_escapes_them(text: str) -> None:
    assert escape.html(text) == jinja_escape(text)
