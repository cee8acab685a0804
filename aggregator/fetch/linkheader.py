"""The Link header, which names a feed's WebSub hub and topic.

Source: RFC 8288 §3 and its appendix B.2.
"""

import re
from collections.abc import Iterator

from aggregator import urls

_MAX_LINKS = 50
_MAX_LENGTH = 16_384  # characters of header that are looked at

# One link: an address in angle brackets, then parameters up to a comma outside quotes.
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]*))?)*)')
_PARAMETER = re.compile(r';\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]*))')


def links(header: str | None, base: str) -> tuple[tuple[str, str], ...]:
    """(relation, absolute http(s) address) of every link, in the order of the header.

    A link with several relations comes once for each. Relations are in lower case. What cannot be
    read, points away from the web or speaks about another document (`anchor`) is left out.
    """
    return tuple(_links((header or "")[:_MAX_LENGTH], base))[:_MAX_LINKS]


def _links(header: str, base: str) -> Iterator[tuple[str, str]]:
    for found in _LINK.finditer(header):
        parameters: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(found[2]):
            parameters.setdefault(name.lower(), quoted or plain)
        address = urls.absolute(base, found[1])
        if address is None or "anchor" in parameters:
            continue
        for relation in parameters.get("rel", "").lower().split():
            yield relation, address
