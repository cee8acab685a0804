"""Feeds of every dialect made up by Hypothesis: common elements, odd ones, in any order."""

from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "thr": "http://purl.org/syndication/thread/1.0",
    "x": "http://example.com/terms",
}
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

WORDS = st.sampled_from((
    *("", " ", "Lavrov met Mogherini", "Ein Fluß, 5 < 6 & 7", "Ð\x9fÑ\x80Ð¸Ð²ÐµÑ\x82", "caf\u0092s é"),
    *("<p>One</p>\n<p>Two &amp; <a href='/x'>three</a></p>", "&lt;b&gt; &nbsp; &#8217;", "a]]>b"),
    *("<img src='pic.jpg' alt='At sea'/>", "<notatag>", "Q&amp;A", "  \u00a0 padded \u00a0", "yes"),
))  # fmt: skip
ADDRESSES = st.sampled_from((
    *("https://paper.example/2026/a", "http://paper.example:80/?a=1&b;=2&c=3#top", "/relative?x"),
    *("", "tag:paper.example,2026:1", "urn:uuid:1", "HTTP:///three.example/", "mailto:a@b.example"),
    *("javascript:alert(1)", "http://[bad/", "//other.example/é", "pic.jpg", "feed:http://a.example/"),
))  # fmt: skip
TIMES = st.sampled_from((
    *("Tue, 24 Nov 2026 02:00:00 +0000", "24 Nov 2026 02:00:60 GMT", "2026-11-24T02:00:00Z", ""),
    *("2026-11-24T02:00:00.123+05:30", "2026-11-24 02:00", "Di, 24 Nov 26 2:00 EST", "yesterday"),
    *("Tue, 31 Feb 2026 25:00:00 -0130", "2026-11-24", "0001-01-01T00:00:00+23:59", "20261124"),
    *("Tue Nov 24 02:00:00 2026", "Tue, 24 Nov 2026 02:00:00 UTC", "2026-11-24T02:00:00-24:61"),
))  # fmt: skip
PEOPLE = st.sampled_from((
    *("Anna May", "anna@paper.example (Anna May)", "Anna May <anna@paper.example>", "", "a@b", "@"),
    *("anna@paper.example", "Müller, Jörg", "Ð\x9f", "(Anna) a@b.example, b@c.example"),
))  # fmt: skip
NUMBERS = st.sampled_from(("60", "0", "", "1e3", " 24 ", "-5", "640px"))
LANGUAGES = st.sampled_from(("en", "de_AT", "", "zh-Hant", "no language at all"))
KINDS = st.sampled_from((
    *("html", "text", "html", "text/html", "TEXT/PLAIN", "xhtml", "application/xhtml+xml", "video/x"),
))  # fmt: skip
RELS = st.sampled_from(("alternate", "self", "hub", "enclosure", "replies", "Alternate", ""))
BASES = st.sampled_from((
    *("https://other.example/dir/page", "sub/dir/", "/", "", "#top", "//third.example/a?b=c"),
    *("feed:http://a.example/", "HTTP:///three.example/"),
))  # fmt: skip
VALUES = {
    "base": BASES, "domain": ADDRESSES, "href": ADDRESSES, "rdf:about": ADDRESSES,
    "isPermaLink": st.sampled_from(("true", "false", "TRUE")), "label": WORDS, "length": NUMBERS,
    "medium": st.sampled_from(("image", "video", "")), "mode": st.just("base64"), "rel": RELS,
    "scheme": ADDRESSES, "src": ADDRESSES, "term": WORDS, "text": WORDS, "title": WORDS,
    "type": KINDS, "url": ADDRESSES, "width": NUMBERS, "xml:base": BASES,
    "xml:lang": LANGUAGES, "lang": LANGUAGES, "thr:count": NUMBERS, "x:href": ADDRESSES,
    "HREF": ADDRESSES, "uri": ADDRESSES,
}  # fmt: skip
ANYWHERE = ("xml:lang", "xml:base", "type", "thr:count")
TEXTS: dict[str, tuple[st.SearchStrategy[str], tuple[str, ...]]] = {
    **dict.fromkeys(("title", "dc:title", "atom:title"), (WORDS, ("type",))),
    **dict.fromkeys(("description", "summary", "content", "atom:summary"), (WORDS, ("type", "src"))),
    **dict.fromkeys(("content:encoded", "dc:description", "itunes:summary"), (WORDS, ())),
    **dict.fromkeys(("abstract", "subtitle", "itunes:subtitle", "rights"), (WORDS, ("mode",))),
    "link": (ADDRESSES, ("href", "rel", "title", "x:href", "HREF")),
    "atom:link": (st.just(""), ("href", "rel", "length", "uri")),
    **dict.fromkeys(("guid", "id", "atom:id"), (ADDRESSES, ("isPermaLink",))),
    **dict.fromkeys(("pubDate", "published", "updated", "dc:date", "lastBuildDate"), (TIMES, ())),
    **dict.fromkeys(("dcterms:modified", "dcterms:created", "issued", "created"), (TIMES, ())),
    **dict.fromkeys(("author", "dc:creator", "itunes:author", "managingEditor"), (PEOPLE, ())),
    **dict.fromkeys(("contributor", "webMaster", "dc:publisher", "name", "x:name"), (PEOPLE, ())),
    "category": (WORDS, ("term", "scheme", "label", "domain")),
    "media:category": (WORDS, ("scheme", "label")),
    "itunes:category": (WORDS, ("text",)),
    **dict.fromkeys(("dc:subject", "itunes:keywords", "media:keywords", "keywords"), (WORDS, ())),
    "enclosure": (st.just(""), ("url", "length", "href")),
    "media:thumbnail": (st.just(""), ("url", "width")),
    "media:content": (st.just(""), ("url", "medium", "width")),
    "itunes:image": (st.just(""), ("href", "url")),
    "comments": (ADDRESSES, ()),
    "feedburner:origLink": (ADDRESSES, ()),
    "source": (WORDS, ("url",)),
    **dict.fromkeys(("language", "dc:language"), (LANGUAGES, ())),
    **dict.fromkeys(("slash:comments", "ttl", "sy:updateFrequency", "thr:total"), (NUMBERS, ())),
    **dict.fromkeys(("x:thing", "generator", "georss:point", "icon", "media:title"), (WORDS, ("url",))),
    "sy:updatePeriod": (st.sampled_from(("hourly", " Daily ", "never")), ()),
}  # fmt: skip


# What stands in a feed, too; the others there are seldom worth a try.
OF_FEEDS = (
    *("title", "dc:title", "description", "link", "atom:link", "id", "author", "language", "ttl"),
    *("itunes:image", "itunes:summary", "subtitle", "category", "sy:updatePeriod", "pubDate"),
    *("dc:creator", "itunes:category", "generator", "rights", "icon", "summary"),
)
OF_MEDIA = ("media:content", "media:thumbnail", "media:keywords", "media:category", "x:thing")
OF_IMAGES = ("title", "link", "id", "description", "updated")
SELDOM = {"x:href", "src", "mode", "HREF", "uri"}


@st.composite
def attributes(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """Some of these attributes, and seldom one of those that stand anywhere."""
    chosen = [name for name in names if draw(st.integers(0, 9 if name in SELDOM else 1)) == 0]
    if draw(st.integers(0, 5)) == 0:
        chosen.append(draw(st.sampled_from(ANYWHERE)))
    return "".join(f" {name}={quoteattr(draw(VALUES[name]))}" for name in dict.fromkeys(chosen))


def written(text: str, form: int) -> str:
    """A text as XML writes it, one way or another."""
    if form == 0 and "]]>" not in text:
        return f"<![CDATA[{text}]]>"
    if form == 1:
        return f"<!-- said -->{escape(text)}<?over out?>"
    return escape(text)


@st.composite
def elements(draw: st.DrawFn, *, depth: int = 0, names: tuple[str, ...] = tuple(TEXTS)) -> str:
    """An element with text, and seldom one with others inside."""
    kind = draw(st.integers(0, 15))
    if kind == 0 and depth == 0:
        name = draw(st.sampled_from(("media:group", "source", "image", "x:box", "media:content")))
        within = draw(st.sampled_from((OF_MEDIA, OF_IMAGES, names)))
        inner = "".join(draw(st.lists(elements(depth=1, names=within), max_size=3)))
        return f"<{name}>\n{inner}</{name}>"
    if kind == 1:
        name = draw(st.sampled_from(("author", "contributor", "atom:author")))
        parts = draw(st.lists(st.sampled_from(("name", "email", "uri", "x:more")), max_size=3))
        people = "".join(f"<{part}>{escape(draw(PEOPLE))}</{part}>" for part in parts)
        return f"<{name}>{people}</{name}>"
    if kind == 2:
        name = draw(st.sampled_from(("content", "summary", "title")))
        return (
            f"<{name} type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'> a &lt; b"
            f"<p class='x'>{escape(draw(WORDS))}</p><br/>é</div></{name}>"
        )
    name = draw(st.sampled_from(names))
    texts, of_it = TEXTS[name]
    text = written(draw(texts), draw(st.integers(0, 3)))
    return f"<{name}{draw(attributes(of_it))}>{text}</{name}>"


@st.composite
def feeds(draw: st.DrawFn) -> bytes:
    """A whole document: RSS 2.0 and older, RSS 1.0, or Atom."""
    spaces = dict(SPACES)
    dialect = draw(st.sampled_from(("rss", "atom", "rdf")))
    if dialect == "rdf":
        del spaces["atom"]
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    some = draw(st.sampled_from((OF_FEEDS, OF_FEEDS, OF_FEEDS, tuple(TEXTS))))
    head = draw(st.lists(elements(names=some), max_size=4))
    posts = draw(st.lists(st.lists(elements(), max_size=7), max_size=3))
    said = draw(attributes(("xml:base", "lang")))
    match dialect:
        case "rss":
            version = draw(st.sampled_from(("2.0", "0.91", "0.92", "", "3")))
            items = "".join(f"<item>{''.join(post)}</item>" for post in posts)
            text = (
                f'<rss version="{version}"{declared}{said}>'
                f"<channel>{''.join(head)}{items}</channel></rss>"
            )
        case "atom":
            items = "".join(f"<entry>{''.join(post)}</entry>" for post in posts)
            text = f'<feed xmlns="{SPACES["atom"]}"{declared}{said}>{"".join(head)}{items}</feed>'
        case _:
            items = "".join(
                f"<item{draw(attributes(('rdf:about',)))}>{''.join(post)}</item>" for post in posts
            )
            text = (
                f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="{RDF}"{declared}{said}>'
                f"<channel>{''.join(head)}</channel><image><url>u</url></image>{items}</rdf:RDF>"
            )
    if dialect == "rdf":
        text = text.replace("<atom:", "<x:").replace("</atom:", "</x:")
    return text.encode("utf-8")
