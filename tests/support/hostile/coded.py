"""Documents whose bytes are not what they are said to be, each with the headers it comes with."""

import gzip
import zlib
from collections.abc import Mapping

from tests.support.hostile.xml import ALARM, item, rss

WRONG_TYPES = ("text/html", "image/png", "application/octet-stream", "nonsense", "text/xml;" * 40)


def answers() -> dict[str, tuple[bytes, Mapping[str, str]]]:
    plain = rss(item("plain", "Some words."))
    utf7 = b'<?xml version="1.0" encoding="utf-7"?>' + plain.partition(b"\n")[2].replace(
        b"Some words", b"+ADw-script+AD4-" + ALARM.encode() + b"+ADw-/script+AD4-"
    )
    text = plain.decode().partition("\n")[2]

    def said(charset: str) -> bytes:
        return f'<?xml version="1.0" encoding="{charset}"?>{text}'.encode()

    twice = gzip.compress(gzip.compress(plain))
    coded: dict[str, tuple[bytes, Mapping[str, str]]] = {
        "utf-7": (utf7, {}),
        "utf-7 in the header": (plain, {"Content-Type": "text/xml; charset=utf-7"}),
        "utf-16 without a mark": (text.encode("utf-16-le"), {}),
        "utf-16, half a character": (text.encode("utf-16")[:-1], {}),
        "utf-16 said, utf-8 sent": (said("utf-16"), {}),
        "utf-32": (text.encode("utf-32"), {}),
        "utf-32, wrong": (b"\xff\xfe\0\0" + b"\xff" * 10_000, {}),
        "two marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + plain, {}),
        "charset that is code": (said("unicode_escape"), {}),
        "charset that is a codec": (said("zlib_codec"), {"Content-Type": "text/xml; charset=bz2"}),
        "charset unknown": (said("x" * 5_000), {"Content-Type": "text/xml; charset=" + "y" * 900}),
        "charset with line ends": (plain, {"Content-Type": 'text/xml; charset="\x0b\t"'}),
        "overlong utf-8": (plain.replace(b"words", b"\xc0\xbc\xe0\x80\xbc\xf8\x88"), {}),
        "gzip of gzip": (twice, {"Content-Encoding": "gzip"}),
        "gzip, not said": (gzip.compress(plain), {}),
        "gzip said, plain sent": (plain, {"Content-Encoding": "gzip"}),
        "gzip, cut off": (gzip.compress(plain * 50)[:-30], {"Content-Encoding": "gzip"}),
        "deflate, raw": (zlib.compress(plain)[2:-4], {"Content-Encoding": "deflate"}),
        "coding unknown": (plain, {"Content-Encoding": "rot13"}),
        "coding, ten times": (plain, {"Content-Encoding": ", ".join(["gzip"] * 10)}),
        "page": (b"<!doctype html><html><body><h1>Sorry</h1></body></html>", {}),
        "page of a feed's type": (b"<html>" * 10_000, {"Content-Type": "application/rss+xml"}),
        "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 400, {}),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400, {"Content-Type": "image/png"}),
        "archive": (b"PK\x03\x04" + bytes(range(256)) * 400, {}),
        "nothing": (b"", {}),
        "spaces": (b" \n" * 500_000, {}),
        "xml that is no feed": (b"<opml><body><outline text='x'/></body></opml>", {}),
        "one bracket": (b"<", {}),
    }
    kinds = {
        f"wrong type, {kind[:20]}": (
            plain.replace(b"plain", b"of type %d" % n),
            {"Content-Type": kind},
        )
        for n, kind in enumerate(WRONG_TYPES)
    }
    return {**coded, **kinds}
