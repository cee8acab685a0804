"""All that a feed can do to us: each by a name that says how, as a server's answers."""

from types import MappingProxyType

from tests.support.feedserver import Answer, Answers
from tests.support.hostile import coded, jsonfeeds, servers, texts, xml

_KIND = MappingProxyType({"Content-Type": "application/xml"})


def documents() -> dict[str, Answer]:
    """Every document, by its name."""
    plain = {**xml.documents(), **texts.documents(), **jsonfeeds.documents()}
    made = {name: (body, _KIND) for name, body in plain.items()}
    return {
        name: Answer(body=body, headers=headers)
        for name, (body, headers) in {**made, **coded.answers()}.items()
    }


def answers() -> dict[str, Answers]:
    """Every document, and what servers do beyond that, by path."""
    return {**documents(), **servers.answers()}
