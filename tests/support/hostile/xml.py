"""Documents of XML that mean harm, each by a name that says how."""

MANY = 100_000
DEEP = 10_000
LONG = 5_000_000  # characters
ALARM = "alert(1)"  # what every script below would run

ALARMS = {
    "element": f"<script>{ALARM}</script>",
    "attribute": f'<img src=x onerror="{ALARM}">',
    "unquoted attribute": f"<img/src=x/onerror={ALARM}>",
    "broken out of an attribute": f"\"><svg/onload={ALARM}>'><svg/onload={ALARM}>",
    "svg": f"<svg><script>{ALARM}</script><animate onbegin={ALARM} attributeName=x></svg>",
    "svg style": f"<svg></p><style><a id='</style><img src=1 onerror={ALARM}>'>",
    "mathml": f"<math><mtext><table><mglyph><style><img src=x onerror={ALARM}></style></table>"
    f"</mtext><maction actiontype='statusline' xlink:href='javascript:{ALARM}'>x</maction></math>",
    "style": f"<style>@import 'javascript:{ALARM}';</style><p style='x:expression({ALARM})'>x</p>",
    "noscript": f"<noscript><p title='</noscript><img src=x onerror={ALARM}>'></noscript>",
    "textarea": f"<textarea><p title='</textarea><img src=x onerror={ALARM}>'></textarea>",
    "comment": f"<!--><img src=x onerror={ALARM}>--><!-- --!><img src=x onerror={ALARM}> -->",
    "conditional comment": f"<!--[if gte IE 4]><script>{ALARM}</script><![endif]-->",
    "section": f"<![CDATA[<script>{ALARM}</script>]]>",
    "escaped twice": f"&lt;script&gt;{ALARM}&lt;/script&gt;",
    "escaped thrice": f"&amp;lt;script&amp;gt;{ALARM}&amp;lt;/script&amp;gt;",
    "links": f"<a href='javascript:{ALARM}'>x</a><a href='&#106;avascript:{ALARM}'>x</a>"
    f"<a href='java\tscript:{ALARM}'>x</a><a href='data:text/html,<script>{ALARM}</script>'>x</a>"
    f"<a href='vbscript:{ALARM}'>x</a><a href=' \x01javascript:{ALARM}'>x</a>",
    "form": f"<form action='javascript:{ALARM}'><button formaction='javascript:{ALARM}'>x</form>",
    "frame": f"<iframe srcdoc='<script>{ALARM}</script>' src='javascript:{ALARM}'></iframe>",
    "object": f"<object data='javascript:{ALARM}'></object><embed src='javascript:{ALARM}'>",
    "base": f"<base href='javascript:{ALARM}//'><a href='x'>x</a>",
    "meta": f"<meta http-equiv=refresh content='0;url=javascript:{ALARM}'>",
    "link": f"<link rel=stylesheet href='javascript:{ALARM}'><link rel=import href=data:x>",
    "template": f"<template><script>{ALARM}</script></template><xmp><img onerror={ALARM}></xmp>",
}
ADDRESSES = (
    f"javascript:{ALARM}",
    f" java\nscript:{ALARM}",
    f"JaVaScRiPt://h/%0a{ALARM}",
    f"vbscript:{ALARM}",
    f"data:text/html,<script>{ALARM}</script>",
    f"view-source:javascript:{ALARM}",
    "file:///etc/passwd",
    "//[::1",
    "http://user:hunter2@h.example/",
    'http://h.example/"><script>alert(1)</script>',
    "http://h.example:99999/",
    "http://" + "a" * 5000 + "/",
    "http://h.example/" + "../" * 2000,
    "http://\u0430pple.example/",
    "\u202ehttp://h.example/",
)
SAYINGS = {
    "sql": "'; DROP TABLE items; -- \" OR 1=1 /* \\' ; PRAGMA writable_schema=1",
    "path": "../../../../etc/passwd%00.xml",
    "windows path": "..\\..\\con.xml:stream",
    "template": "{{ 7*7 }} {% raise %} ${7*7} #{7*7} %(x)s %s {0.__class__} <%= 7 %>",
    "shell": "$(touch /tmp/x) `id` | rm -rf / ; & \n",
    "instruction": "<?xml version='1.0'?><?php system('id') ?><?xml-stylesheet href='x'?>",
    "header": "x\r\nSet-Cookie: a=b\r\n\r\n<html>",
    "section end": "]]> ]]&gt; <![CDATA[ ]]]]><![CDATA[>",
    "bidi": "\u202egnp.exe\u202c \u2066\u2067\u2068\u202a\u202b\u061c\u200f end",
    "homograph": "\u0405\u0435rg\u0435\u0456 L\u0430vr\u043ev",
    "stacked marks": "z" + "\u0301" * 3000,
    "no characters": "\u200b\u2060\ufeff\u00ad\u180e",
    "private": "\ue000\U000f0000\U0010fffd",
    "searching": '"NEAR(a b, 999999999)" * ^ AND OR NOT (((',
}
DATES = (
    *("0000-00-00T00:00:00Z", "0000-01-01", "0001-01-01T00:00:00+14:00", "-0044-03-15"),
    *("9999-12-31T23:59:59-14:00", "99999-01-01T00:00:00Z", "1e20", "1" * 5000, "NaN", "-1"),
    *("2026-02-30T25:61:61Z", "2026-11-03T09:00:00+99:99", "Tue, 99 Nov 99999 99:99:99 +9999"),
    *(
        "1970-01-01T00:00:00Z",
        "2038-01-19T03:14:08Z",
        "\u0661\u0662\u0663",
        "T",
        "::::",
        "0" * 70000,
        "292277026596-12-04T15:30:07Z",
        "-292277022657-01-27T08:29:52Z",
        "Thu, 01 Jan 1970 00:00:-1 GMT",
    ),
)


def rss(*items: str, channel: str = "", title: str = "A feed") -> bytes:
    """An RSS document of these items' insides."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?>\n<rss version="2.0" {_PREFIXES}><channel><title>{title}</title>'
        f"{channel}{inside}</channel></rss>"
    ).encode("utf-8", "surrogatepass")


_PREFIXES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "atom": "http://www.w3.org/2005/Atom",
    }.items()
)


def atom(*entries: str, head: str = "", declared: str = "") -> bytes:
    """An Atom document of these entries' insides."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{declared}<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>urn:x</id><title>A feed</title>{head}{inside}</feed>"
    ).encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    """Text as XML holds it."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def item(number: object, text: str = "") -> str:
    return f"<title>Entry {number}</title><guid>{number}</guid><description>{text}</description>"


def _everywhere(text: str) -> bytes:
    """Some text in every field of an entry, and of the feed."""
    said = escaped(text)
    fields = "".join(
        f"<{name}>{said}</{name}>"
        for name in (
            *("title", "description", "content:encoded", "author", "dc:creator", "category"),
            *("guid", "comments", "dc:language", "dc:rights", "pubDate", "media:title"),
            *("media:description", "itunes:summary", "itunes:keywords"),
        )
    )
    attributes = (
        f'<enclosure url="{said}" type="{said}" length="{said}"/><link>{said}</link>'
        f'<media:content url="{said}" type="{said}" width="{said}"/>'
        f'<media:thumbnail url="{said}"/><category domain="{said}">{said}</category>'
        f'<source url="{said}">{said}</source><atom:link href="{said}" rel="{said}"/>'
    )
    whole = f"<language>{said}</language><link>{said}</link><image><url>{said}</url></image>"
    return rss(fields + attributes, channel=whole + f"<ttl>{said}</ttl>", title=said)


def _laughs() -> bytes:
    names = "".join(f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">' for level in range(1, 10))
    return atom(
        "<id>a</id><title>&lol9;</title>", declared=f'<!DOCTYPE feed [<!ENTITY lol0 "lol">{names}]>'
    )


def _external(address: str, inside: str = "&x;") -> bytes:
    return atom(
        f"<id>{address}</id><title>From outside: {inside}</title>",
        declared=f'<!DOCTYPE feed SYSTEM "{address}" [<!ENTITY x SYSTEM "{address}">'
        f'<!ENTITY % y SYSTEM "{address}"> %y;]>',
    )


def documents() -> dict[str, bytes]:
    attributes = "".join(f' a{number}="1"' for number in range(MANY))
    spaces = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(MANY))
    nested = "<i>" * DEEP + "x" + "</i>" * DEEP
    long = "x" * LONG
    return (
        {
            "entities of entities": _laughs(),
            "entity, long, often": atom(
                f"<id>q</id><title>{'&a;' * 50_000}</title>",
                declared=f'<!DOCTYPE feed [<!ENTITY a "{"a" * 50_000}">]>',
            ),
            "entity that holds itself": atom(
                "<id>r</id><title>&a;</title>", declared='<!DOCTYPE feed [<!ENTITY a "&a;">]>'
            ),
            "entity with markup": atom(
                "<id>m</id><title>&a;</title>",
                declared=f"<!DOCTYPE feed [<!ENTITY a \"<b onclick='{ALARM}'>x</b>\">]>",
            ),
            "file from outside": _external("file:///etc/passwd"),
            "page from outside": _external("http://127.0.0.1:9/"),
            "included": rss(
                '<title>Included</title><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
                'href="file:///etc/passwd" parse="text"/>'
            ),
            "doctype without end": b"<!DOCTYPE feed [" + b"<!ENTITY a 'b'>" * MANY,
            "many entities declared": atom(
                "<id>d</id><title>Declared</title>",
                declared="<!DOCTYPE feed ["
                + "".join(f'<!ENTITY e{number} "x">' for number in range(MANY))
                + "]>",
            ),
            "many entries": rss(*(item(number) for number in range(MANY))),
            "many entries, cut off": rss(*(item(number) for number in range(MANY)))[:-40],
            "many attributes": rss(f"<title {attributes}>x</title>"),
            "many attributes, ill-formed": rss(f"<title {attributes}>x</b></title>"),
            "many categories": rss(
                "<title>Labelled</title>"
                + "".join(f"<category>c{n}</category>" for n in range(MANY))
            ),
            "many namespaces": rss(f"<title {spaces}>x</title>"),
            "many enclosures": rss(
                "<title>Attached</title>"
                + "".join(f'<enclosure url="http://h.example/{n}" />' for n in range(MANY))
            ),
            "many authors": atom(
                "<id>w</id><title>Written</title>"
                + "".join(f"<author><name>w{n}</name></author>" for n in range(30_000))
            ),
            "many links": atom(
                "<id>l</id><title>Linked</title>"
                + "".join(
                    f'<link rel="related" href="http://h.example/{n}"/>' for n in range(30_000)
                )
            ),
            "deep elements": rss(f"<title>Deep</title>{nested}"),
            "deep elements, ill-formed": rss(f"<title>Deep</title>{nested}</b>"),
            "deep markup": rss(
                f"<title>Deep markup</title><description>{escaped(nested)}</description>"
            ),
            "deep markup of blocks": rss(
                f"<title>Blocks</title><description>{escaped('<div><b><table>' * DEEP)}</description>"
            ),
            "misnested markup": rss(
                f"<title>Misnested</title><description>{escaped('<b><i></b></i><a>' * DEEP)}</description>"
            ),
            "deep xhtml": atom(
                f'<id>x</id><title>Deep</title><content type="xhtml"><div>{nested}</div></content>'
            ),
            "deep unknown sections": b"<!DOCTYPE feed [" + b"<![INCLUDE[" * DEEP + b"<feed/>",
            "comment without end": rss("<title>Before</title><!--" + "-" * 100_000),
            "section without end": rss(
                "<title>Before</title><description><![CDATA[" + "]]" * 100_000
            ),
            "open brackets": rss("<title>" + "<" * 200_000 + "</title>"),
            "ampersands": rss("<title>" + "&" * 200_000 + "</title>"),
            "references": rss("<title>" + "&#0;&#x1F;&#xD800;&#xFFFFFFFF;" * 5_000 + "x</title>"),
            "title, long": rss(f"<title>{long}</title><guid>t</guid>"),
            "title, long words": rss(f"<title>{'word ' * (LONG // 5)}</title><guid>t2</guid>"),
            "guid, long": rss(f"<title>Long guid</title><guid>{long}</guid>"),
            "author, long": rss(
                f"<title>Long author</title><author>{'a@b (' * (LONG // 10)}</author>"
            ),
            "author, long, ill-formed": rss(
                f"<title>x</title><author>{'a@b (' * 100_000}</author></b>"
            ),
            "category, long": rss(f"<title>Long label</title><category>{long}</category>"),
            "link, long": rss(f"<title>Long link</title><link>http://h.example/{long}</link>"),
            "date, long": rss(f"<title>Long date</title><pubDate>{long}</pubDate>"),
            "feed title, long": rss(item("of a long title"), title=long),
            "name, long": rss(f"<{long}>x</{long}><title>Long name</title>"),
            "attribute, long": rss(f'<title>Long attribute</title><enclosure url="{long}"/>'),
            "control characters": rss(
                "<title>Control "
                + "".join(map(chr, range(1, 32)))
                + "\x7f\x80\x9f\ufffe\uffff</title>"
            ),
            "surrogates": rss("<title>Half a pair \ud800 and \udfff</title>"),
            "NUL": rss("<title>Zero \0 byte</title>").replace(b"<item>", b"<item\0>"),
            "only NUL": bytes(100_000),
            "names of feedparser": rss(
                "<title>Names</title><links>x</links><title_detail>x</title_detail><authors>x</authors>"
                "<published_parsed>x</published_parsed><tags>x</tags><enclosures>x</enclosures>"
                "<content>x</content><id>x</id><summary_detail/><media_content>x</media_content>"
            ),
            "base that is script": atom(
                '<id>b</id><title>Base</title><link href="x"/>'
                '<content type="html">&lt;a href="y"&gt;x&lt;/a&gt;</content>',
                head=f'<link xml:base="javascript:{ALARM}//" href="z"/>',
            ),
            "instruction": b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="http://h.example/"?>'
            + rss(item("styled")).partition(b"\n")[2],
            "content that is base64": atom(
                '<id>64</id><title>Coded</title><content type="image/svg+xml" mode="base64">'
                "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+</content>"
            ),
            "content that is svg": atom(
                '<id>svg</id><title>Drawn</title><content type="image/svg+xml">'
                f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ALARM}"><script>{ALARM}</script></svg>'
                "</content>"
            ),
            "content elsewhere": atom(
                '<id>src</id><title>Elsewhere</title><content type="text/html" src="file:///etc/passwd"/>'
            ),
            "xhtml": atom(
                '<id>xhtml</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
                f"<script>{ALARM}</script>T</div></title>"
                '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml" '
                f'onclick="{ALARM}"><script>{ALARM}</script><a href="javascript:{ALARM}">x</a></div></content>'
            ),
            "dates": rss(
                *(
                    f"<title>Dated {n}</title><guid>d{n}</guid><pubDate>{date}</pubDate>"
                    f"<dc:date>{date}</dc:date>"
                    for n, date in enumerate(DATES)
                ),
                channel="<lastBuildDate>99999-99-99</lastBuildDate><ttl>99999999999999999999</ttl>"
                "<skipHours><hour>1e9</hour><hour>-1</hour></skipHours>",
            ),
            "numbers": rss(
                "<title>Numbers</title><enclosure url='http://h.example/a.mp3' length='1e400'/>"
                f"<enclosure url='http://h.example/b.mp3' length='-5'/><enclosure url='http://h.example/c.mp3' "
                f"length='{'9' * 6000}'/><itunes:duration>{'9' * 6000}:99:99</itunes:duration>"
            ),
            "addresses": rss(
                *(
                    f"<title>Address {n}</title><link>{escaped(a)}</link><guid>{escaped(a)}</guid>"
                    f'<enclosure url="{escaped(a)}" type="audio/mpeg"/><comments>{escaped(a)}</comments>'
                    f'<media:thumbnail url="{escaped(a)}"/>'
                    for n, a in enumerate(ADDRESSES)
                )
            ),
        }
        | {f"script, {name}": _everywhere(text) for name, text in ALARMS.items()}
        | {f"saying, {name}": _everywhere(text) for name, text in SAYINGS.items()}
    )
