"""Characters that may be published: what XML and HTML forbid, or would derange a page, goes."""

import re

# XML 1.0 §2.2 forbids most control characters and lone surrogates; HTML also objects to C1
# controls (what is left of mislabelled windows-1252) and noncharacters.
_HIGHER_PLANES = "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 17)
)
_FORBIDDEN = re.compile(f"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd{_HIGHER_PLANES}]")
# Embeddings, overrides and isolates: left open, they turn round whatever stands after a title.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[\w.+-]+")


def clean(text: str) -> str:
    """The text without characters that a feed or a page must not hold."""
    if text.isprintable() or _without_spaces(text).isprintable():  # most are, and it is quick
        return text
    return _FORBIDDEN.sub("", text)


def _without_spaces(text: str) -> str:
    """The text without what is allowed although it is no printable character."""
    for space in "\n\xa0\t\r":
        text = text.replace(space, "")
    return text


def one_line(text: str) -> str:
    """A title, a name or a caption: one line that cannot reorder what stands beside it."""
    if text.isascii() and text.isprintable():  # most lines
        return " ".join(text.split())
    return " ".join(_DIRECTION.sub("", clean(text)).split())


def shortened(text: str, length: int) -> str:
    """The start of a text: at most `length` characters, cut between words where there are any."""
    line = one_line(text[: 2 * length])  # of a long text the beginning is enough, mostly
    if len(line) <= length:
        line = one_line(text)
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    words = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    return words.rstrip(" ,;:-–—(") + "…"


def language(tag: str | None) -> str | None:
    """A language tag as xml:lang and HTML's lang take it (BCP 47); None when it is none."""
    tag = (tag or "").strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


def media_type(name: str | None) -> str | None:
    """A media type without parameters; None when it is none."""
    name = (name or "").split(";")[0].strip().lower()
    return name if _MEDIA_TYPE.fullmatch(name) else None
