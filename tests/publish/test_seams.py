"""A document can be cut at its seams, and only that document."""

from datetime import UTC, datetime

import pytest

from aggregator.publish.seams import seams_of, strips_of
from aggregator.publish.strips import Part, Strip, body_of, joined

STAMP = 7
NAMES = frozenset({11, 12})
MORNING_S = round(datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp())


def strip(number: int = 1, **changes: object) -> Strip:
    made = Strip(1, f"<{number}>".encode(), MORNING_S, MORNING_S, "en", (11,))
    return made._replace(**{"number": number, **changes})  # type: ignore[arg-type]  # names are checked at run time


STRIPS = [strip(3, names=(11, 12)), strip(2, language=None), strip(1, language="sr-Latn")]
PARTS: list[Part] = joined(STRIPS, b"head", b"tail", b", ")
BODY = body_of(PARTS)


def noted(parts: list[Part] = PARTS) -> bytes:
    seams = seams_of(parts, body_of(parts), STAMP)
    assert seams is not None
    return seams


def test_it_is_cut_into_the_strips_it_was_made_of() -> None:
    assert BODY == b"head<3>, <2>, <1>tail"
    assert list(strips_of(noted(), BODY, STAMP, NAMES, ()).values()) == STRIPS


def test_what_changed_and_what_a_renamed_feed_brought_is_left_out() -> None:
    assert strips_of(noted(), BODY, STAMP, NAMES, {2}).keys() == {3, 1}
    assert strips_of(noted(), BODY, STAMP, frozenset({11}), ()).keys() == {2, 1}


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"1", b"4")])
def test_another_document_gives_no_strips(body: bytes) -> None:
    assert strips_of(noted(), body, STAMP, NAMES, ()) == {}


def test_what_was_made_with_another_edition_gives_no_strips() -> None:
    assert strips_of(noted(), BODY, STAMP + 1, NAMES, ()) == {}


def test_an_empty_document_has_seams_too() -> None:
    parts: list[Part] = joined([], b"head", b"tail")

    assert strips_of(noted(parts), body_of(parts), STAMP, NAMES, ()) == {}


@pytest.mark.parametrize("odd", [{"published_s": -1}, {"number": 2**40}])
def test_seams_that_cannot_be_noted_are_left_out(odd: dict[str, object]) -> None:
    parts: list[Part] = joined([strip()._replace(**odd)], b"", b"")  # type: ignore[arg-type]  # checked at run time

    assert seams_of(parts, body_of(parts), STAMP) is None
