"""Text put into markup, byte for byte as lxml and Jinja would put it, at a tenth of their cost.

What is written for every item of every document is written by plain functions; the documents
around them still come from feedgen, lxml and Jinja. Characters that no markup may hold are gone
before (see `text.clean`).
"""

import json
from functools import lru_cache
from typing import Final

in_json: Final = json.JSONEncoder(ensure_ascii=False).encode
"""A value as JSON; the encoder is made once, where `json.dumps` would make one for each value."""


def xml(text: str) -> str:
    """Text between the tags of XML."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\r", "&#13;")  # a reader would take it for the end of a line
    )


xml_again: Final = lru_cache(maxsize=4)(xml)
"""The same of a text that several formats hold: it is as long as all else of an item."""


def xml_value(text: str) -> str:
    """Text between the quotes of an attribute in XML; ends of lines and tabs would become spaces."""
    return xml(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def html(text: str) -> str:
    """Text of a page, between tags or quotes."""
    return (
        text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace('"', "&#34;")
    )
