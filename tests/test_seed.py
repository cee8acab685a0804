"""Where this product was born: a news site's archive page of ten articles about one man."""

from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import feedparser
import pytest

from tests.support.cli import aggregator, tree
from tests.support.feedserver import Answer, FeedServer
from tests.support.wordpress import Post, wordpress

PAGE = Path(__file__).parents[2] / "shared/seed/tag-archive-sergei-lavrov.txt"
HEADLINES = (
    "Mogherini and Lavrov discussed INF Treaty",
    "Minsk II agreement re-launch in view",
    "Lavrov: Russia and US Presidents will not allow confrontation",
    "Russia committed to nuclear deal with Iran",
    "Mogherini favors dialog with Russia",
    "EU condemns violence in St.Petersburg",
    "Lavrov for 'true union' against ISIS",
    "Mogherini to meet Lavrov",
    "US-Russia: demining",
    "HR Mogherini condolences to Russia",
)
ONLY_FILED = "Mogherini favors dialog with Russia"  # names nobody but her
CAPTIONED = "US-Russia: demining"  # names him under its photo only

CONFIG = """\
poll: {{allow_hosts: ["{address}"]}}
feeds: ["{origin}/site.xml", "{origin}/copy.xml"]
people:
  - name: Sergey Lavrov
    slug: sergei-lavrov
    aliases: [Sergei Lavrov, Лавров]
  - name: Federica Mogherini
"""


def articles() -> list[Post]:
    """The ten articles as a WordPress site would syndicate them, newest first."""
    if not PAGE.exists():
        pytest.skip(f"{PAGE} is not beside this project")
    text = PAGE.read_text(encoding="utf-8")
    plain = text.replace("\xa0", " ")  # the page is full of them, and they stay in the articles
    starts = [plain.index(f"\n{headline}\n") + 1 for headline in HEADLINES]
    ends = [*starts[1:], len(text)]
    posts = []
    for number, (headline, start, end) in enumerate(zip(HEADLINES, starts, ends, strict=True)):
        paragraphs = text[start + len(headline) : end].strip().split("\n\n")
        body = "".join(f"<p>{escape(paragraph.strip())}</p>" for paragraph in paragraphs)
        posts.append(
            Post(
                text[start : start + len(headline)],
                body.replace("<p>Photo:", '<figcaption class="wp-caption-text">Photo:'),
                f"http://site.example/{number}/",
                published=datetime(2018, 12, 6, tzinfo=UTC) - timedelta(days=40 * number),
                categories=("Sergei Lavrov",) if headline == ONLY_FILED else ("World",),
            )
        )
    return posts


def _plain(title: str) -> str:
    return title.replace("\xa0", " ")


def test_his_tag_finds_all_ten_and_hers_those_that_name_her(tmp_path: Path) -> None:
    posts = articles()
    with FeedServer() as server:
        server.answers["/site.xml"] = Answer(body=wordpress(posts), headers={"ETag": '"1"'})
        server.answers["/copy.xml"] = Answer(body=wordpress(posts[2:6], "Copies"))
        text = CONFIG.format(origin=server.origin, address=server.address)
        (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")

        first = aggregator(tmp_path, "poll", "--json")
        files = tree(tmp_path / "public")
        second = aggregator(tmp_path, "poll", "--all", "--json")

    assert first.code == 0, first.err
    assert (first.json()["new"], first.json()["duplicates"]) == (10, 4)
    assert (second.json()["new"], second.json()["published"]) == (0, 0)
    assert tree(tmp_path / "public") == files
    his = feedparser.parse(files["tags/sergei-lavrov/atom.xml"]).entries
    hers = feedparser.parse(files["tags/federica-mogherini/atom.xml"]).entries
    assert [_plain(entry.title) for entry in his] == list(HEADLINES)
    assert {_plain(entry.title) for entry in hers} == {
        _plain(post.title) for post in posts if "Mogherini" in post.title + post.body
    }
    about = feedparser.parse(files["tags/sergei-lavrov/about/atom.xml"]).entries
    assert CAPTIONED not in {_plain(entry.title) for entry in about}
