from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.store.engine import Store
from aggregator.store.search import Wanted, count, search
from tests.store.test_entries import new, prepared, record
from tests.support.builders import FEED, entry

Finds = Callable[[str], list[str]]
TITLES = {
    "zh": "习近平同普京举行会谈",
    "ja": "ラブロフ外相、ミラノで会談",
    "th": "นายกรัฐมนตรีพบลาฟรอฟที่มิลาน",
    "en": "Grain corridor talks resume in Milan",
    "de": "Der Korridor für Getreide bleibt offen",
    "ru": "Лавров прибыл в Милан",
}


@pytest.fixture
def find(store: Store) -> Finds:
    wire = prepared(store)[FEED]
    for language, title in TITLES.items():
        one = entry(language, title=title, text=f"Text of {language}.", guid=language)
        record(store, wire, (new(one), ()))

    def find(asked: str) -> list[str]:
        with store.reading() as session:
            found = [item.lead.entry.guid or "" for item in search(session, Wanted(asked), limit=9)]
            assert count(session, Wanted(asked)) == len(found)
        return sorted(found)

    return find


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("普京", ["zh"]),
        ("近平", ["zh"]),
        ("习近平 普京", ["zh"]),
        ("京普", []),
        ("谈", ["zh"]),
        ("ラブロフ", ["ja"]),
        ("らぶろふ", []),
        ("ลาฟรอฟ", ["th"]),
        ("มิลาน", ["th"]),
        ("лавр", ["ru"]),
        ("corrid", ["en"]),
        ("corrid talks", []),
        ('"grain corridor"', ["en"]),
        ('"corridor grain"', []),
        ("fur getreide", ["de"]),
        ("korridor OR corridor", []),
    ],
)
def test_a_search_finds(find: Finds, asked: str, found: list[str]) -> None:
    assert find(asked) == found


@pytest.mark.parametrize(
    "asked",
    ['"' * 10_000, "NEAR(", "title:", "a* b^ -c +d", "\x00", "习\x00平", "'; DROP TABLE items; --",
     "{a b} : c", "(" * 500, "'\\'", "&|!<->", ":*", "\u3099", "_", "\ud83d\ude00".encode(
         "utf-16", "surrogatepass").decode("utf-16")],
)  # fmt: skip
def test_no_sign_has_a_meaning_of_its_own(find: Finds, asked: str) -> None:
    find(asked)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(st.characters(codec="utf-8"), max_size=20))
def test_nothing_that_is_asked_is_an_error(find: Finds, asked: str) -> None:
    find(asked)
