"""What the elements of a feed and of its entries say, by feedparser's rules and under its keys."""

from lxml.etree import _Element as Element

from aggregator.parse import reference, rules
from aggregator.parse.elements import Place, attributes_of, only, place_in
from aggregator.parse.names import Unusual, named
from aggregator.parse.reference import Said
from aggregator.parse.rules import OWNER, PERSONAL, Course, Rules, Telling
from aggregator.parse.wording import HTML, PLAIN, XHTML, kind_of, mended
from aggregator.parse.xhtml import inside

# Texts and other things with rules of their own that change nothing of what is read.
_TEXTS_ASIDE = frozenset((
    "copyright", "dc_rights", "feedburner_browserfriendly", "info", "itunes_subtitle", "rights",
    "subtitle", "tagline",
))  # fmt: skip
_ASIDE = _TEXTS_ASIDE | frozenset((
    "admin_errorreportsto", "admin_generatoragent", "cc_license", "cloud",
    "creativecommons_license", "dc_contributor", "dc_publisher", "docs", "email", "generator",
    "georss_box", "georss_line", "georss_point", "georss_polygon", "height", "homepage",
    "itunes_block", "itunes_explicit", "media_credit", "media_license", "media_player",
    "media_rating", "media_restriction", "name", "uri", "url", "webmaster", "width",
))  # fmt: skip
# With rules that change what is read, or how what follows is read.
_STRANGE = frozenset((
    "body", "channel", "dcterms_valid", "entry", "expirationdate", "feed", "fullitem",
    "georss_where", "guidislink", "image", "item", "itunes_email", "itunes_name",
    "itunes_owner", "media_description", "media_title", "newlocation", "rss", "svg", "tags",
    "textinput", "where",
))  # fmt: skip
_STRANGE_PREFIXES = ("gml_", "psc_", "xhtml_")


def tell_feed(course: Course, said: Said, element: Element, around: Place) -> None:
    """Add what an element inside <channel> or <feed> says of the feed."""
    _tell(_ATOM_FEED if course.is_atom else _FEED, course, said, element, around)


def entry(course: Course, element: Element, around: Place) -> Said:
    """What an entry says."""
    course.titled = False
    course.labels.clear()
    attributes = attributes_of(element) if element.keys() else {}
    if "lastmod" in attributes or "href" in attributes:
        raise Unusual("an entry as of CDF")
    said: Said = {}
    if attributes.get("rdf:about"):
        said["id"] = attributes["rdf:about"]
    place = place_in(attributes, around)
    for child in element:
        _tell(_ENTRY, course, said, child, place)
    course.titled = course.has_content = False
    return said


def _tell(told: Rules, course: Course, said: Said, element: Element, around: Place) -> None:
    name = named(element.tag)
    rule = told.get(name)
    if rule is None:
        pass_over(element, name)
    elif element.keys():
        attributes = attributes_of(element)
        rule(Telling(course, said, element, attributes, place_in(attributes, around)))
    else:
        rule(Telling(course, said, element, {}, around))


def _author(it: Telling) -> None:
    """Who wrote it: a text, or a name and an address of mail."""
    person: Said = {}
    people = it.said.setdefault("authors", [])
    people.append(person)
    own = [it.element.text, *(child.tail for child in it.element)]
    text = mended("".join(filter(None, own)).strip())
    for child in it.element:
        name = named(child.tag)
        if name in OWNER and not len(child):
            person[str(name).removeprefix("itunes_")] = (child.text or "").strip()
        else:
            pass_over(child, name)
    if not person:
        it.said["author"] = text
        person.update(reference.person(text))
        if person:
            it.said.setdefault("author_detail", person)
        return
    name, email = person.get("name"), person.get("email")
    first = it.said.setdefault("author_detail", {})
    if any(first is other for other in people) or (len(people) > 1 and not name):
        raise Unusual("authors in words and elements, which get mixed up")
    it.said["author"] = f"{name} ({email})" if name and email else name or email or text


def _media_content(it: Telling) -> None:
    it.said.setdefault("media_content", []).append(it.attributes)
    _media_group(it)


def _media_group(it: Telling) -> None:
    for child in it.element:
        _tell(_GROUP, it.course, it.said, child, it.place)


def _nothing(*names: str, within: frozenset[str] = frozenset()) -> Rules:
    """Rules for elements that say nothing that is read, and hold but texts of such names."""
    return dict.fromkeys(names, lambda it: only(it.element, within))


def pass_over(element: Element, name: str | None) -> None:
    """Make sure that an element without a rule, and what is in it, says nothing that is read.

    Raises:
        Unusual: it may.
    """
    if name in _RULED or (name and name.startswith(_STRANGE_PREFIXES)):
        raise Unusual(f"{element.tag} where it is")
    if len(element) == 0:
        return
    if name in _TEXTS_ASIDE and kind_of(element.get("type", PLAIN)) == XHTML:
        inside(element, wrapped=False)
        return
    if name in _ASIDE and name != "cc_license":
        raise Unusual(f"elements in {element.tag}")
    for child in element:
        pass_over(child, named(child.tag))


_AUTHORS = ("author", "managingeditor", "dc_author", "dc_creator", "itunes_author")
_PUBLISHED = ("published", "issued", "pubdate", "dcterms_issued")
_UPDATED = ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified")
_CREATED = ("created", "dcterms_created")
_CATEGORIES = ("category", "keywords", "dc_subject")

_GROUP: Rules = {
    "media_category": rules.media_category,
    "media_content": _media_content,
    "media_group": _media_group,
    "media_keywords": rules.keywords(None),
    "media_thumbnail": rules.thumbnail,
}
_ENTRY: Rules = {
    **_GROUP,
    **_nothing("contributor", within=PERSONAL),
    **dict.fromkeys(("title", "dc_title"), rules.title),
    **dict.fromkeys(("description", "dc_description"), rules.summary(HTML)),
    **dict.fromkeys(("summary", "itunes_summary"), rules.summary(PLAIN)),
    "abstract": rules.abstract,
    "content": rules.content(PLAIN),
    "content_encoded": rules.content(HTML),
    "link": rules.link,
    **dict.fromkeys(("guid", "id"), rules.guid),
    "comments": rules.address_of("comments"),
    "feedburner_origlink": rules.text_of("feedburner_origlink"),
    **dict.fromkeys(_AUTHORS, _author),
    **dict.fromkeys(_PUBLISHED, rules.time("published")),
    **dict.fromkeys(_UPDATED, rules.time("updated")),
    **dict.fromkeys(_CREATED, rules.time("created")),
    **dict.fromkeys(_CATEGORIES, rules.category),
    "itunes_category": rules.itunes_category,
    "itunes_keywords": rules.keywords(rules.ITUNES),
    "enclosure": rules.enclosure,
    **dict.fromkeys(("itunes_image", "itunes_link"), rules.itunes_image),
    **dict.fromkeys(("language", "dc_language"), rules.language),
    "source": rules.source,
}
_FEED: Rules = {
    **_nothing(*_AUTHORS, "contributor", within=PERSONAL),
    **_nothing("itunes_owner", within=OWNER),
    **_nothing("itunes_category", within=frozenset(("itunes_category",))),
    **_nothing(*_PUBLISHED, *_UPDATED, *_CREATED, *_CATEGORIES, "abstract", "comments"),
    **_nothing("itunes_keywords", "media_keywords", "media_category", "media_thumbnail"),
    **dict.fromkeys(("title", "dc_title"), rules.title),
    **dict.fromkeys(("description", "dc_description"), rules.feed_description),
    **dict.fromkeys(("summary", "itunes_summary"), rules.feed_summary),
    "link": rules.feed_link,
    **dict.fromkeys(("guid", "id"), rules.guid),
    **dict.fromkeys(("language", "dc_language"), rules.language),
    "image": rules.feed_image,
    **dict.fromkeys(("itunes_image", "itunes_link"), rules.itunes_image),
    "textinput": rules.text_input,
    "icon": rules.address_of("icon"),
    "ttl": rules.text_of("ttl"),
    "sy_updateperiod": rules.text_of("sy_updateperiod"),
    "sy_updatefrequency": rules.text_of("sy_updatefrequency"),
}
_ATOM_FEED: Rules = {
    **{name: rule for name, rule in _FEED.items() if name != "itunes_owner"},
    **dict.fromkeys(_AUTHORS, _author),
}
_RULED = _STRANGE.union(_ENTRY, _FEED)
