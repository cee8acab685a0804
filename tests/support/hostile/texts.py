"""Documents whose texts cost much to read: each is long in a way of its own."""

from tests.support.hostile.xml import MANY, atom, escaped, item, rss

_SIZE = 400_000  # characters; readings that grow as the square show at that

_BODIES = {
    "line ends": "<br>",
    "links": "<a href='http://h.example/?a=1'>x</a>",
    "pictures": "<img src='//h.example/x.png' srcset='a 1x, b 2x'>",
    "cells": "<table><td>",
    "open attributes": "<a href='",
    "open tags": "<",
    "end tags": "</p>",
    "open comments": "<!--",
    "open sections": "<![CDATA[",
    "references": "&#",
    "named references": "&amp;",
    "escaped references": "&amp;amp;",
    "percent signs": "%",
    "a given name": "Sergei ",
    "a surname": "Lavrov ",
    "a full name": "Sergei Lavrov ",
    "initials": "S. ",
    "capitals": "Abc Def Ghi ",
    "hyphens": "a-",
    "apostrophes": "O'",
    "one word": "a",
    "marks": "\u0301",
    "hidden letters": "\u200b",
    "Arabic": "\u0648\u0627\u0644",
    "Chinese": "\u738b\u6bc5",
    "Cyrillic": "\u041b\u0430\u0432\u0440\u043e\u0432\u0443 ",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "digits": "7",
    "white space": " \n",
}
_NAMES = ("a", "A", "a ", "\uff41", "a\u0301", "\u00e1", "\u0430", "\u200ba", "a\u00a0", "%61")


def documents() -> dict[str, bytes]:
    """Every document, by its name."""
    long = {
        f"text of {name}": rss(
            f"<title>Of {name}</title><guid>{name}</guid>"
            f"<description>{escaped(piece * (_SIZE // len(piece)))}</description>"
        )
        for name, piece in _BODIES.items()
    }
    return long | {
        "titles of names": rss(*(item(n, "Sergei Lavrov " * 40) for n in range(2_000))),
        "query, long": rss(
            f"<title>Long query</title><link>http://h.example/?{'a=b&amp;' * MANY}</link>"
        ),
        "path, long": rss(
            f"<title>Long path</title><link>http://h.example/{'x/../' * MANY}</link>"
        ),
        "host, long": rss(f"<title>Long host</title><link>http://{'a.' * MANY}example/</link>"),
        "many categories, ill-formed": rss(
            "<title>Labelled</title>"
            + "".join(f"<category>c{n}</category>" for n in range(MANY))
            + "</b>"
        ),
        "many sections": rss("<title>Sections " + "<![CDATA[x]]>" * MANY + "</title>"),
        "many comments": rss("<title>Comments " + "<!-- x -->" * MANY + "</title>"),
        "many instructions": rss("<title>Told " + "<?x y?>" * MANY + "</title>"),
        "guids that look alike": rss(*(_named(n, guid) for n, guid in enumerate(_NAMES))),
        "parameter entities of entities": atom(
            "<id>p</id><title>&x;</title>",
            declared="<!DOCTYPE feed [<!ENTITY % a0 'lol'>"
            + "".join(f"<!ENTITY % a{n} '{f'%a{n - 1};' * 10}'>" for n in range(1, 10))
            + "<!ENTITY x '%a9;'>]>",
        ),
        "entities in a default": atom(
            "<id>t</id><title>Default</title>",
            declared="<!DOCTYPE feed [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>"
            "<!ATTLIST feed x CDATA '&b;&b;&b;&b;'>]>",
        ),
        "a style sheet": b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        b'version="1.0"><xsl:template match="/"><xsl:value-of select="document(\'/etc/passwd\')"/>'
        b"</xsl:template></xsl:stylesheet>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        **{f"entities of entities in {code}": _laughs(code) for code in _CODES},
    }


_CODES = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "koi8-r", "cp037", "utf-7")


def _named(number: int, guid: str) -> str:
    return f"<title>Named {number}</title><guid>{guid}</guid><link>http://n.example/{number}</link>"


def _laughs(code: str) -> bytes:
    names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    said = code.removesuffix("-sig").removesuffix("-be")
    return (
        f'<?xml version="1.0" encoding="{said}"?><!DOCTYPE rss [<!ENTITY l0 "lol">{names}]>'
        "<rss><channel><title>x</title><item><title>&l8;</title></item></channel></rss>"
    ).encode(code)
