"""Feeds as the web has them, made up: WordPress RSS, Atom and RDF of 30 items, 137 kB on average.

Everything is a function of the feed's number and the item's, so that the next round of a feed holds
29 items it held before, byte for byte, and a new one on top.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from xml.sax.saxutils import escape as xml

ITEMS = 30
EVERY = timedelta(hours=2)  # an item of one feed
_KINDS = ("rss",) * 6 + ("atom",) * 3 + ("rdf",)
_GIVEN = [
    "Anna",
    "Boris",
    "Carla",
    "Dmitri",
    "Elena",
    "Farid",
    "Greta",
    "Hasan",
    "Irina",
    "Jonas",
    "Karin",
    "Lech",
    "Marta",
    "Nikolai",
    "Olga",
    "Pavel",
    "Rosa",
    "Stefan",
    "Tamara",
    "Ulrich",
    "Vera",
    "Walter",
    "Xenia",
    "Yusuf",
    "Zofia",
]
_STEMS = [
    "Bran",
    "Cor",
    "Dal",
    "Ebb",
    "Fal",
    "Grim",
    "Hol",
    "Ist",
    "Kor",
    "Lind",
    "Mor",
    "Nel",
    "Orl",
    "Pas",
    "Quin",
    "Rad",
    "Sal",
    "Tor",
    "Ulm",
    "Var",
]
_ENDINGS = [
    "berg",
    "din",
    "ecki",
    "ford",
    "gaard",
    "hoff",
    "inov",
    "kova",
    "lund",
    "mann",
    "nescu",
    "ovic",
    "quist",
    "rini",
    "sen",
    "stad",
]
_WORDS = [
    "agreement",
    "airport",
    "alliance",
    "appeal",
    "army",
    "assembly",
    "autumn",
    "bank",
    "border",
    "budget",
    "cabinet",
    "campaign",
    "capital",
    "centre",
    "chairman",
    "charter",
    "city",
    "climate",
    "coalition",
    "coast",
    "commission",
    "committee",
    "company",
    "conference",
    "congress",
    "council",
    "country",
    "court",
    "crisis",
    "currency",
    "customs",
    "deadline",
    "debate",
    "debt",
    "decision",
    "declaration",
    "defence",
    "delegation",
    "deputy",
    "development",
    "diplomat",
    "director",
    "district",
    "document",
    "economy",
    "election",
    "embassy",
    "energy",
    "engineer",
    "envoy",
    "exchange",
    "expert",
    "export",
    "factory",
    "farmer",
    "ferry",
    "festival",
    "finance",
    "forecast",
    "foreign",
    "forest",
    "fortune",
    "friday",
    "gallery",
    "garden",
    "gas",
    "government",
    "governor",
    "grain",
    "group",
    "growth",
    "harbour",
    "highway",
    "history",
    "hospital",
    "housing",
    "industry",
    "inflation",
    "inquiry",
    "interest",
    "island",
    "journal",
    "judge",
    "judgement",
    "labour",
    "landscape",
    "lawyer",
    "leader",
    "league",
    "library",
    "licence",
    "machine",
    "market",
    "mayor",
    "measure",
    "medicine",
    "meeting",
    "member",
    "message",
    "minister",
    "mission",
    "monday",
    "money",
    "mountain",
    "museum",
    "nation",
    "negotiation",
    "neighbour",
    "network",
    "north",
    "office",
    "officer",
    "opinion",
    "opposition",
    "order",
    "parliament",
    "partner",
    "party",
    "passenger",
    "peace",
    "pension",
    "percent",
    "petition",
    "pipeline",
    "plan",
    "police",
    "policy",
    "port",
    "power",
    "president",
    "pressure",
    "price",
    "prison",
    "problem",
    "process",
    "programme",
    "project",
    "proposal",
    "protest",
    "province",
    "public",
    "quarter",
    "question",
    "railway",
    "reform",
    "region",
    "report",
    "republic",
    "research",
    "reserve",
    "resident",
    "resolution",
    "river",
    "road",
    "sanction",
    "school",
    "science",
    "season",
    "secretary",
    "security",
    "senate",
    "session",
    "settlement",
    "sheriff",
    "ship",
    "shortage",
    "signal",
    "society",
    "soldier",
    "south",
    "spokesman",
    "spring",
    "statement",
    "station",
    "storage",
    "storm",
    "strategy",
    "strike",
    "student",
    "summer",
    "summit",
    "supply",
    "support",
    "surface",
    "survey",
    "system",
    "tariff",
    "teacher",
    "technology",
    "temperature",
    "tension",
    "theatre",
    "thursday",
    "tourism",
    "tower",
    "town",
    "trade",
    "traffic",
    "train",
    "treaty",
    "tribunal",
    "tuesday",
    "tunnel",
    "union",
    "university",
    "valley",
    "vessel",
    "veteran",
    "victory",
    "village",
    "visitor",
    "vote",
    "wage",
    "water",
    "weather",
    "wednesday",
    "weekend",
    "west",
    "wheat",
    "winter",
    "witness",
    "worker",
    "workshop",
]
_VERBS = [
    "accepted",
    "adopted",
    "announced",
    "approved",
    "asked",
    "avoided",
    "backed",
    "began",
    "blamed",
    "blocked",
    "called",
    "changed",
    "claimed",
    "closed",
    "considered",
    "criticised",
    "cut",
    "delayed",
    "demanded",
    "denied",
    "described",
    "discussed",
    "ended",
    "expected",
    "faced",
    "followed",
    "found",
    "halted",
    "helped",
    "joined",
    "kept",
    "launched",
    "left",
    "lifted",
    "met",
    "missed",
    "moved",
    "named",
    "needed",
    "offered",
    "opened",
    "ordered",
    "passed",
    "planned",
    "praised",
    "prepared",
    "presented",
    "promised",
    "questioned",
    "raised",
    "reached",
    "received",
    "refused",
    "rejected",
    "remained",
    "reported",
    "returned",
    "said",
    "saw",
    "signed",
    "started",
    "stopped",
    "suspended",
    "took",
    "urged",
    "visited",
    "voted",
    "waited",
    "warned",
    "welcomed",
    "widened",
    "won",
]
# Languages have many words: three in a row are seldom the same in two stories.
_NOUNS = [*_WORDS, *(one + other for one in _WORDS[::6] for other in _WORDS[3::5])]
_SMALL = ["the", "a", "its", "this", "that", "another", "every", "some"]
_JOINTS = [
    "after",
    "before",
    "while",
    "because",
    "although",
    "when",
    "where",
    "since",
    "until",
    "as",
]
_LENGTHS = (150, 240, 320, 370, 430)


def people(count: int) -> list[str]:
    """Names, each with a surname of its own."""
    surnames = [stem + ending for stem in _STEMS for ending in _ENDINGS][:count]
    return [f"{_GIVEN[n * 7 % len(_GIVEN)]} {surname}" for n, surname in enumerate(surnames)]


@dataclass(frozen=True)
class _Item:
    link: str
    title: str
    author: str
    at: datetime
    labels: tuple[str, ...]
    teaser: str
    html: str
    comments: int


class Feeds:
    """Feeds 0 to `count` - 1, round by round."""

    def __init__(self, count: int, *, newest: datetime, names: Sequence[str]) -> None:
        """`newest` is when the first round's newest item appeared; `names` are written about."""
        self.count = count
        self._newest = newest
        self._names = names

    def path(self, feed: int) -> str:
        """Of the file, and of the address."""
        return f"{feed % 100:02}/{feed:05}.xml"

    def write(self, folder: Path, turn: int) -> int:
        """Write every feed as it is in this round; returns the bytes written."""
        written = 0
        for feed in range(self.count):
            file = folder / self.path(feed)
            file.parent.mkdir(parents=True, exist_ok=True)
            body = self.document(feed, turn).encode()
            file.write_bytes(body)
            written += len(body)
        return written

    def document(self, feed: int, turn: int) -> str:
        """A feed in one round: the newest item first."""
        items = [self._item(feed, number) for number in range(turn + ITEMS - 1, turn - 1, -1)]
        site = f"https://paper{feed}.example"
        match _KINDS[feed % len(_KINDS)]:
            case "rss":
                return "".join(_rss(site, f"The Paper {feed}", items))
            case "atom":
                return "".join(_atom(site, f"The Journal {feed}", items))
            case _:
                return "".join(_rdf(site, f"The Wire {feed}", items))

    def _item(self, feed: int, number: int) -> _Item:
        chance = random.Random(feed * 1_000_003 + number)
        at = self._newest + EVERY * (number - ITEMS + 1) - timedelta(seconds=feed)
        site = f"https://paper{feed}.example"
        title = self._sentence(chance, 8).rstrip(".")
        link = f"{site}/{at:%Y/%m/%d}/{title.lower().replace(' ', '-')}-{number}/"
        paragraphs = list(self._paragraphs(chance, chance.choice(_LENGTHS)))
        return _Item(
            link=link,
            title=title,
            author=f"{chance.choice(_GIVEN)} {chance.choice(_STEMS)}son",
            at=at.replace(microsecond=0),
            labels=tuple(chance.sample(_WORDS, 3)),
            teaser=paragraphs[0][:300].rsplit(" ", 1)[0] + " […]",
            html="\n".join(self._markup(chance, site, paragraphs)),
            comments=chance.randrange(40),
        )

    def _paragraphs(self, chance: random.Random, words: int) -> Iterator[str]:
        while words > 0:
            sentences = [self._sentence(chance, chance.randrange(9, 22)) for _ in range(4)]
            paragraph = " ".join(sentences)
            words -= paragraph.count(" ") + 1
            yield paragraph

    def _sentence(self, chance: random.Random, length: int) -> str:
        words: list[str] = []
        while len(words) < length:
            if chance.random() < 0.02:
                words += chance.choice(self._names).split()
            else:
                words += [chance.choice(_SMALL), chance.choice(_NOUNS)]
            words += [chance.choice(_VERBS), chance.choice(_SMALL), chance.choice(_NOUNS)]
            if chance.random() < 0.5:
                words.append(chance.choice(_JOINTS))
        words = words[:length]
        return " ".join([words[0][0].upper() + words[0][1:], *words[1:]]) + "."

    def _markup(self, chance: random.Random, site: str, paragraphs: Sequence[str]) -> Iterator[str]:
        for place, paragraph in enumerate(paragraphs):
            words = escape(paragraph).split(" ")
            at = chance.randrange(len(words) - 2)
            words[at] = f'<a href="{site}/tag/{at}/">{words[at]}</a>'
            words[at + 1] = f"<strong>{words[at + 1]}</strong>"
            if place == 1:
                yield (
                    f'<figure class="wp-block-image size-large"><img decoding="async" width="1024" '
                    f'height="683" src="{site}/wp-content/uploads/{at}-1024x683.jpg" '
                    f'alt="{words[0]} at noon" class="wp-image-{at}" '
                    f'srcset="{site}/wp-content/uploads/{at}-300x200.jpg 300w" /></figure>'
                )
            yield f"<p>{' '.join(words)}</p>\n"


def _rss(site: str, title: str, items: Sequence[_Item]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:wfw="http://wellformedweb.org/CommentAPI/"\n'
        '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:atom="http://www.w3.org/2005/Atom"\n'
        '\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"\n'
        '\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"\n\t>\n\n<channel>\n'
        f"\t<title>{xml(title)}</title>\n"
        f'\t<atom:link href="{site}/feed/" rel="self" type="application/rss+xml" />\n'
        f"\t<link>{site}</link>\n\t<description>All there is to know</description>\n"
        f"\t<lastBuildDate>{format_datetime(items[0].at)}</lastBuildDate>\n"
        "\t<language>en-GB</language>\n\t<sy:updatePeriod>\n\thourly\t</sy:updatePeriod>\n"
        "\t<sy:updateFrequency>\n\t1\t</sy:updateFrequency>\n"
        "\t<generator>https://wordpress.org/?v=6.5.2</generator>\n"
        f"\n<image>\n\t<url>{site}/icon.png</url>\n\t<title>{xml(title)}</title>\n"
        f"\t<link>{site}</link>\n\t<width>32</width>\n\t<height>32</height>\n</image> \n"
    )
    for item in items:
        yield (
            f"\t<item>\n\t\t<title>{xml(item.title)}</title>\n\t\t<link>{item.link}</link>\n"
            f"\t\t\t\t\t<comments>{item.link}#comments</comments>\n\t\t\n"
            f"\t\t<dc:creator><![CDATA[{item.author}]]></dc:creator>\n"
            f"\t\t<pubDate>{format_datetime(item.at)}</pubDate>\n"
        )
        for label in item.labels:
            yield f"\t\t\t\t<category><![CDATA[{label}]]></category>\n"
        yield (
            f'\t\t<guid isPermaLink="false">{site}/?p={item.at:%j%H%M}</guid>\n\n'
            f"\t\t\t\t\t<description><![CDATA[<p>{item.teaser}</p>\n"
            f'<p>The post <a href="{item.link}">{xml(item.title)}</a> appeared first on '
            f'<a href="{site}">{xml(title)}</a>.</p>\n]]></description>\n'
            f"\t\t\t\t\t\t\t\t\t\t<content:encoded><![CDATA[{item.html}]]></content:encoded>\n"
            f"\t\t\t\t\t\n\t\t\t\t\t<wfw:commentRss>{item.link}feed/</wfw:commentRss>\n"
            f"\t\t\t<slash:comments>{item.comments}</slash:comments>\n\t\t\n\t\t\n\t\t\t</item>\n"
        )
    yield "\t</channel>\n</rss>\n"


def _atom(site: str, title: str, items: Sequence[_Item]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        'xml:lang="en">\n'
        f"  <title>{xml(title)}</title>\n  <subtitle>News and views</subtitle>\n"
        f'  <link href="{site}/atom.xml" rel="self" type="application/atom+xml"/>\n'
        f'  <link href="{site}/" rel="alternate" type="text/html"/>\n'
        f"  <updated>{items[0].at.isoformat()}</updated>\n  <id>{site}/</id>\n"
        f"  <author><name>{xml(title)} staff</name></author>\n"
    )
    for item in items:
        labels = "".join(f'    <category term="{label}"/>\n' for label in item.labels)
        yield (
            f'  <entry>\n    <title type="html">{escape(escape(item.title))}</title>\n'
            f'    <link href="{item.link}" rel="alternate" type="text/html"/>\n'
            f"    <id>{item.link}</id>\n    <published>{item.at.isoformat()}</published>\n"
            f"    <updated>{item.at.isoformat()}</updated>\n"
            f"    <author><name>{item.author}</name></author>\n{labels}"
            f'    <summary type="text">{xml(item.teaser)}</summary>\n'
            f'    <content type="html" xml:base="{site}/">{xml(item.html)}</content>\n  </entry>\n'
        )
    yield "</feed>\n"


def _rdf(site: str, title: str, items: Sequence[_Item]) -> Iterator[str]:
    listed = "".join(f'    <rdf:li rdf:resource="{item.link}"/>\n' for item in items)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{site}/index.rdf">\n  <title>{xml(title)}</title>\n'
        f"  <link>{site}/</link>\n  <description>Dispatches</description>\n"
        f"  <dc:language>en</dc:language>\n  <dc:date>{items[0].at.isoformat()}</dc:date>\n"
        f"  <items>\n   <rdf:Seq>\n{listed}   </rdf:Seq>\n  </items>\n</channel>\n"
    )
    for item in items:
        labels = "".join(f"  <dc:subject>{label}</dc:subject>\n" for label in item.labels)
        yield (
            f'<item rdf:about="{item.link}">\n  <title>{xml(item.title)}</title>\n'
            f"  <link>{item.link}</link>\n  <description>{xml(item.teaser)}</description>\n"
            f"  <content:encoded><![CDATA[{item.html}]]></content:encoded>\n"
            f"  <dc:creator>{item.author}</dc:creator>\n"
            f"  <dc:date>{item.at.isoformat()}</dc:date>\n{labels}</item>\n"
        )
    yield "</rdf:RDF>\n"


def now() -> datetime:
    """The full hour that has begun, less what several rounds take."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 12 * EVERY
