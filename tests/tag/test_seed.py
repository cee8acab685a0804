"""The ten articles the product was born for."""

from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Document, Person

ARCHIVE = Path(__file__).parents[3] / "shared" / "seed" / "tag-archive-sergei-lavrov.txt"
STARTS = (
    "Mogherini and Lavrov disc", "Minsk II agreement re-launch", "Lavrov: Russia and US",
    "Russia committed", "Mogherini favors", "EU condemns", "Lavrov for 'true", "Mogherini to meet",
    "US-Russia: demining", "HR Mogherini",
)  # fmt: skip
FILED_ONLY = 4  # names nobody but Mogherini, and is filed under his name
NAMING_HER = {0, 4, 5, 7, 9}


def articles() -> list[tuple[str, str]]:
    text = ARCHIVE.read_text(encoding="utf-8").replace("\u00a0", " ")
    places = [text.index(f"\n{start}") + 1 for start in STARTS] + [len(text)]
    cut = [text[a:b] for a, b in pairwise(places)]
    return [(article.split("\n", 1)[0], article.split("\n", 1)[1]) for article in cut]


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the seed's archive is not beside the project")
def test_the_ten_articles_are_tagged_without_a_fault() -> None:
    tagger = Tagger(
        [
            Person("lavrov", "Sergey Lavrov", ("Sergei Lavrov", "Лавров")),
            Person("mogherini", "Federica Mogherini"),
        ]
    )

    for number, (title, text) in enumerate(articles()):
        categories = ("Sergei Lavrov",) if number == FILED_ONLY else ()
        slugs = {tag.slug for tag in tagger.tag(Document(title, text, categories))}
        wanted = {"lavrov", "mogherini"} if number in NAMING_HER else {"lavrov"}
        assert slugs == wanted, title
