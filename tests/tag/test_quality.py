"""How well people are found in documents like those that feeds carry."""

from dataclasses import replace

import pytest

from aggregator.tag.matcher import Tagger
from tests.tag.hand_made import Case, read, score

SETS = [
    "hand_made.txt",
    "english.txt",
    "slavic.txt",
    "unseen.txt",
    "papers.txt",
    "wire.txt",
    "kinds.txt",
]


@pytest.mark.parametrize("name", SETS)
def test_people_are_found_and_hardly_ever_wrongly(name: str) -> None:
    people, cases = read(name)

    got = score(people, cases, tell=True)

    assert got.precision >= 0.985
    assert got.f1 >= 0.98


def test_slavic_news_is_understood_without_native_aliases() -> None:
    people, cases = read("slavic.txt")
    latin = [
        replace(person, aliases=tuple(alias for alias in person.aliases if alias < "\u0370"))
        for person in people
    ]

    got = score(latin, cases, tell=True)

    assert got.precision >= 0.985
    assert got.f1 >= 0.95


@pytest.mark.parametrize(
    "name",
    [
        "hand_made.txt",
        "english.txt",
        "slavic.txt",
        "unseen.txt",
        "papers.txt",
        "wire.txt",
        "kinds.txt",
    ],
)
def test_every_match_slices_to_its_text(name: str) -> None:
    people, cases = read(name)
    tagger = Tagger(people)

    for case in cases:
        check_offsets(case, tagger)


def check_offsets(case: Case, tagger: Tagger) -> None:
    for tag in tagger.tag(case.document):
        for match in tag.matches:
            fields = {"title": case.document.title, "text": case.document.text}
            number = match.index if match.index is not None else 0
            raw = fields.get(match.field) or case.document.categories[number]
            assert raw[match.start : match.end] == match.text
            assert match.text
            assert match.rule
