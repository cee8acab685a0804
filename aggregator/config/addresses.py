"""Addresses as feeds.yaml may hold them."""

import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from aggregator import urls

MAX_LENGTH = 2048  # characters; beyond it servers and proxies begin to refuse

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_NO_ADDRESS = re.compile(r"[\s\\<>\"`]")
_TYPOGRAPHIC = tuple("“”„‘’‚«»‹›")
_MAX_PORT = 65_535


def http(text: str) -> str:
    """The text, which must be an address on the web.

    Raises:
        ValueError: says what to write, as the end of a sentence that starts with the text.
    """
    if text[:1] in _TYPOGRAPHIC:
        raise ValueError('is in typographic quotes: write straight ones, "https://..."')
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        raise ValueError(
            f"is no address: write https://{text.lstrip('/')}"
            if _bare(text)
            else "is no address: write https://..."
        )
    if _NO_ADDRESS.search(text):
        raise ValueError("is no address: spaces and the like are written as %20")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters: no server takes it")
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"http", "https"}
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError("is no address: the host or the port cannot be read") from None
    if not known:
        raise ValueError(f"has scheme `{parts.scheme}`: write an http:// or https:// address")
    if not whole:
        raise ValueError("is no address: the host is missing")
    return text


def feed(text: str) -> str:
    """The address of a feed, http(s) or `file:`; raises as `http` does."""
    if re.match("file:", text, re.IGNORECASE):
        if not local_path(text):
            raise ValueError("names no file: write file:folder/name.xml")
        return text
    if text.lower().startswith("feed:"):
        raise ValueError("has scheme `feed`: write an http:// or https:// address")
    return http(text)


def identity(url: str) -> str:
    """What all addresses of one feed share; a fragment is none of it, for no server is sent one."""
    asked = urldefrag(url).url if url[:4].lower() == "http" else url
    return urls.canonical(asked) or asked


def local_path(text: str) -> str:
    """The path that a `file:` address names, as written; "" when it names none."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment:
        return ""
    path = unquote(parts.path)
    return path if path.strip("./") else ""


def is_inside(path: str, root: Path) -> bool:
    """Whether a path, relative or not, leads to something below a folder, links followed."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # too long, a loop of links
        return False


def host_and_port(text: str) -> str:
    """`host:port`, as it is; raises as `http` does."""
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or not 0 < int(found[2]) <= _MAX_PORT:
        raise ValueError("is no host with its port: write 127.0.0.1:8080")
    return text


def _bare(text: str) -> bool:
    """Whether it looks like an address without its scheme."""
    return re.fullmatch(r"(//)?[\w-]+(\.[\w-]+)+([:/?#]\S*)?", text) is not None
