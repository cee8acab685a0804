"""The characters of a document: out of which bytes, and which of them XML allows."""

import re

# XML 1.0 §2.2: what no document may hold, not even escaped; lone surrogates come out of JSON.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = b"\xef\xbf\xbe"  # U+FFFE; U+FFFF is looked for with the surrogates
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]|\xef\xbf\xbf")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_LAST_CODE_POINT = 0x10FFFF

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)

_UTF_8_MARK = b"\xef\xbb\xbf"
OUR_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_MAX_LABELS = 300  # of an entry
_LABEL_OR_ENTRY = re.compile(
    r"<(?:(?P<label>(?:\w{1,20}:)?(?:category|subject|keywords))|item|entry)\b[^<>]{0,2000}>"
    r"(?:[^<]{0,2000}</(?P=label)\s{0,9}>)?",
    re.IGNORECASE,
)
_DECLARATION = re.compile(rb"<\?xml[^>]{0,300}?\?>")
_REMARKS_BEFORE = re.compile(rb"(?:\s+|<!--.*?-->)*", re.DOTALL)
_FIRST_TAG = re.compile(rb"<[A-Za-z_]")
_ANY_REFERENCE = re.compile(rb"&#(?:[xX][0-9A-Fa-f]{1,8}|[0-9]{1,10});")

# Longest first: the mark of UTF-32 starts like that of UTF-16.
_MARKS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_STARTS = (  # of "<?" or "<r" without a mark (XML 1.0 appendix F)
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)
# Names publishers use, and what they mean by them (https://encoding.spec.whatwg.org/#names-and-labels).
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "x-euc-jp": "euc_jp",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
}
# Said by servers and templates that never asked: where the bytes are good UTF-8, they are UTF-8.
_WESTERN = {
    "iso-8859-1",
    "latin-1",
    "latin1",
    "windows-1252",
    "cp1252",
    "us-ascii",
    "ascii",
    "iso-8859-15",
}
# Who says so says that it is UTF-8, as far as it can be read as that.
_UTF_8_CLAIMS = frozenset(("utf-8", "utf8", *_WESTERN))
# Python calls these encodings too; no feed is written in them, and some decode slowly.
_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
_MOSTLY = 0.9


def clean(text: str) -> str:
    """The text without characters that XML 1.0 forbids (§2.2)."""
    if text.isprintable() or _is_clean(text):  # the first is quick, but knows no line breaks
        return text
    return _FORBIDDEN.sub("", text)


def _is_clean(text: str) -> bool:
    """Whether nothing in a text is forbidden, told twenty times faster than by the expression."""
    coded = text.encode("utf-8", "surrogatepass")
    if len(coded.translate(None, _CONTROLS)) < len(coded):
        return False
    return text.isascii() or not (_NONCHARACTERS in coded or _SURROGATE.search(coded))


def without_bad_references(text: str) -> str:
    """Markup without references to characters that XML 1.0 forbids, such as `&#0;`."""
    return _REFERENCE.sub(_allowed_reference, text) if "&#" in text else text


def _allowed_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    if code > _LAST_CODE_POINT or _FORBIDDEN.match(chr(code)):
        return ""
    return found[0]


def decoded(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """The characters of a body, and a note where they are not what the document claims.

    A byte order mark is believed first, then the HTTP header, then the XML declaration; UTF-8 is
    what remains, and windows-1252 what never fails.

    Source: RFC 7303 §3, XML 1.0 appendix F.
    """
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace"), None
    for start, charset in _STARTS:
        if body.startswith(start):
            return body.decode(charset, "replace"), None
    claimed = _claimed(body, content_type)
    for charset in claimed:
        text = _decode(body, charset)
        if text is not None:
            note = f"could not be read as {claimed[0]}, was read as {charset}"
            return text, note if charset != claimed[0] else None
    characters, broken = _tolerant(body)
    return characters, f"could not be read as {claimed[0]}, was read as {broken}"


def untouched(body: bytes, content_type: str | None) -> bytes | None:
    """The body as an XML document in UTF-8, where that takes no look at its characters.

    Whether they are UTF-8, and allowed, is left to the parser: it tells, and then `decoded`,
    `clean` and what follows come to their own conclusions. Where it does not complain, they come
    to the same.

    Returns:
        The document under a declaration of our own; None where characters have to be looked at.
    """
    is_marked = body.startswith(_UTF_8_MARK)
    if not is_marked and _claimed(body, content_type)[0] not in _UTF_8_CLAIMS:
        return None
    body = body.removeprefix(_UTF_8_MARK)
    start = len(body) - len(body.lstrip(b" \t\r\n"))
    declaration = _DECLARATION.match(body, start)
    if declaration is None and b"<?xml" in body:  # somewhere else
        return None
    remarks = _REMARKS_BEFORE.match(body, declaration.end() if declaration else start)
    start = remarks.end() if remarks else start
    first = _FIRST_TAG.search(body, start)
    if first is None or not body.startswith(b"<", start) or _has_bad_references(body):
        return None
    head = body[: first.start()]  # what the parser does not see of it is plain
    if not head.isascii() or head.translate(None, _CONTROLS) != head:
        return None
    return None if b"<!DOCTYPE" in head.upper() else OUR_DECLARATION + body[start:]


def _has_bad_references(document: bytes) -> bool:
    """Whether it refers to characters that XML 1.0 forbids."""
    if b"&#" not in document:
        return False
    return any(
        _REFERENCE.sub(_allowed_reference, reference.decode()) == ""
        for reference in set(_ANY_REFERENCE.findall(document))
    )


def _claimed(body: bytes, content_type: str | None) -> list[str]:
    """Charsets to try, best first; never empty."""
    claimed = []
    header = _HEADER_CHARSET.search(content_type or "")
    if header:
        claimed.append(header[1].lower())
    declared = _DECLARED.match(body)
    if declared:
        claimed.append(declared[1].decode("ascii").lower())
    if "utf-8" not in claimed:
        claimed.append("utf-8")
    return claimed


def _decode(body: bytes, charset: str) -> str | None:
    """The body in that charset; None if it is not in it, or nobody knows the charset."""
    charset = _MEANT.get(charset, charset)
    if charset.replace("-", "_") in _NO_CHARSETS:
        return None
    if charset in _WESTERN:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            charset = "windows-1252" if charset != "iso-8859-15" else charset
    try:
        return body.decode(charset)
    except (UnicodeError, LookupError, ValueError):  # ValueError: a name with odd characters
        return body.decode("latin-1") if charset == "windows-1252" else None


def _tolerant(body: bytes) -> tuple[str, str]:
    """The characters of a body in no charset it claims, and what it was taken for."""
    beyond_ascii = sum(byte > 0x7F for byte in body)  # noqa: PLR2004  the last of ASCII
    multibyte = sum(len(found) for found in _MULTIBYTE.findall(body))
    if multibyte >= _MOSTLY * beyond_ascii:
        return body.decode("utf-8", "replace"), "UTF-8 with errors"
    return body.decode("windows-1252", "replace"), "windows-1252"


_REMARKS = re.compile(r"(?:\s+|<!--.*?-->)+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[(.*?)\]\s*)?>", re.IGNORECASE | re.DOTALL)
_FIRST_ELEMENT = re.compile(r"<[A-Za-z_]")
_ENTITY = re.compile(r"<!ENTITY\s+(\w{1,40})\s+[\"'](&#\w{1,8};|[^&%\"'<]{0,40})[\"']\s*>")
_ENTITY_OF_ENTITIES = re.compile(r"<!ENTITY\s+(?:%\s+)?\S+\s+([\"'])[^\"']*[&%](?!#)\w+;")
_MAX_ENTITIES = 400  # HTML has 252 that somebody might declare


class EntityBomb(ValueError):
    """The document type declares entities made of entities."""


def without_entities(text: str) -> str:
    """The document with no more of its DOCTYPE than names for single characters.

    Whatever else a DOCTYPE can do, fetching files and unfolding a line into gigabytes, no feed
    needs. Names for short texts stay, as old feeds declare `&nbsp;` and `&copy;` so.

    Raises:
        EntityBomb: entities are made of entities.
    """
    remarks = _REMARKS.match(text)  # may hold anything that looks like markup
    text = text[remarks.end() :] if remarks else text
    first = _FIRST_ELEMENT.search(text)
    head = text[: first.start()] if first else text
    if "<!DOCTYPE" not in head.upper():
        return text
    if _ENTITY_OF_ENTITIES.search(head):
        raise EntityBomb
    kept = dict(_ENTITY.findall(head)[:_MAX_ENTITIES])
    declared = "".join(f'<!ENTITY {name} "{value}">\n' for name, value in kept.items())
    head = _DOCTYPE.sub("", head)
    if "<!DOCTYPE" in head.upper() or "<!ENTITY" in head:
        head = head[: head.upper().index("<!")]  # too odd to mend: only the XML declaration stays
    doctype = f"<!DOCTYPE feed [\n{declared}]>\n" if declared else ""
    return head + doctype + text[first.start() if first else len(text) :]


def without_many_labels(text: str) -> str:
    """A document that is not well formed, with no more labels than an entry may have.

    feedparser lays each beside all that came before it.
    """
    labels = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal labels
        labels = labels + 1 if found["label"] else 0
        return found[0] if labels <= _MAX_LABELS else ""

    return _LABEL_OR_ENTRY.sub(kept, text)
