"""Addresses: made absolute for readers, made canonical to recognise the same page again.

`canonical` answers "is this the page we know?", and its answer is never shown or fetched:
people always get the address the publisher wrote. Everything the rules know about the habits of
publishers stands in the tables at the top, each line with its reason.

Source: RFC 3986 §5 (resolving references) and §6 (normalisation).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit

_MAX_LENGTH = 8_000  # characters; longer "addresses" are mistakes or attacks
_MAX_REDIRECTORS = 5  # one inside the other

# ---------------------------------------------------------------------------------- the tables


@dataclass(frozen=True, slots=True)
class _Noise:
    """Query parameters that do not change which page is meant."""

    names: str  # regular expression over the whole name, any case
    reason: str
    values: str = r".*"  # ... and over the whole value


_FEED_WORD = (
    r"(?:rss\d*|feeds?|atom|xml|rdf|syndication|newsletter|e?-?mail|twitter|facebook|linkedin"
    r"|telegram|social|share|ticker|push|app|mobile|google_?news|googlenews|home(?:page)?)"
    r"(?:[-_.].*)?|.*[-_.](?:rss|feed|atom)"
)
_NOISE = (
    _Noise(r"utm_?\w+|utm-\w+", "Google Analytics, and the many who borrowed its names"),
    _Noise(r"gclid|gclsrc|dclid|gbraid|wbraid|_ga|_gl|_gac", "Google advertising clicks"),
    _Noise(r"fbclid|fb_(?:action_\w+|ref|source)|action_\w+_map|__tn__|__xts__.*", "Facebook"),
    _Noise(r"msclkid|yclid|ysclid|_openstat|twclid|ttclid|li_fat_id|epik|igshid?", "other clicks"),
    _Noise(r"mc_[ce]id|_hs(?:enc|mi)|__hs\w+|mkt_tok|vero_\w+|ck_subscriber_id", "mailing tools"),
    _Noise(r"pk_\w+|mtm_\w+|piwik_\w+|matomo_\w+|hsa_\w+|s_?cid|sc_cid|elq\w*", "analytics tools"),
    _Noise(r"xtor|at_\w+|wt[._]?(?:z?mc\w*|rss\w*|nav)(?:_\w+)?|wt\.\w+", "AT Internet, Webtrends"),
    _Noise(r"ns_\w+|ito|ocid|xnpe_\w+|pinned_post_\w+", "BBC, Mail Online, MSN"),
    _Noise(r"cmp(?:id)?|icid|intcid|ncid|ncmp|nclid", "campaign names"),
    _Noise(r"smid|smtyp|smprod|emc|mbid", "New York Times, Wired"),
    _Noise(
        r"mod", "Wall Street Journal; elsewhere the name of a module", r"rss.*|.*rss|djem.*|hp_.*"
    ),
    _Noise(r"feed(?:type|name|_?id)|rpc|virtualbrandchannel", "Reuters"),
    _Noise(r"partner|rss(?:feed|id)?|srnd|sr?ef|spref|sr_share|snd|trk\w*|tsrc", "syndication"),
    _Noise(r"soc_(?:src|trk)|guc(?:counter|e_\w+)|ref_(?:src|url)|refer?r?er", "referrers"),
    _Noise(r"from_rss|is_?rss|taid|ftag|ftcamp|sthash|wprov|_branch_\w+|oly_\w+_id", "syndication"),
    _Noise(r"s_kwcid|ef_id|irclickid|cjevent|rb_clickid|_ke|srsltid|igsh", "more clicks"),
    _Noise(r"share", "WordPress: a button to share the page", r"[a-z][a-z-]{2,20}(?:-\d+)?"),
    _Noise(r"feature|si", "YouTube: how the link was shared", r"youtu\.be|share|[\w-]{16}"),
    _Noise(r"__source|__twitter_impression|__cf_chl_\w+|cachebuster", "scripts of the page"),
    _Noise(
        r"ref|source|src|from|via|medium|origin|channel|feed|output|type|format|f|r|s|campaign"
        r"|link_?source|referral|traffic_?source|dgcid|platform|sharetype|cid",
        "says from which channel the reader came; kept when its value may name a page",
        _FEED_WORD,
    ),
    _Noise(r"amp(?:_js_v|_gsa|_kit)?|usqp|isamp", "AMP pages"),
    _Noise(r"output_?type|view|mode|layout|display|tpl", "other dress", r"amp|mobile|print(?:er)?"),
    _Noise(
        r"m|mobile|nomobile|isapp|print(?:able|er)?|singlepage|single", "dress", r"|0|1|true|yes"
    ),
    _Noise(r"pagewanted|_r|hp", "New York Times: the same story on one page", r"all|print|\d|"),
    _Noise(r"phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|cfid|cftoken", "sessions"),
)

_FRAGMENT_NOISE = re.compile(
    r"comments?|comment-?form|respond|reply|disqus_thread|top|main|content|story|article|start|"
    r"more(?:-\d+)?|rss|feed|share|print|header|:~:text=.*",
    re.IGNORECASE,
)  # places every page has; any other fragment may tell two entries of one page apart

# Labels before a host name that say how the page is dressed, not which page it is.
_DRESS_LABEL = re.compile(r"www?\d*|m|mobile?|touch|wap|amp")

# One publisher under several names, with the same paths.
_HOST_ALIASES = {
    "bbc.co.uk": "bbc.com",  # by the reader's country
    "edition.cnn.com": "cnn.com",  # international edition
    "us.cnn.com": "cnn.com",
    "guardian.co.uk": "theguardian.com",  # before 2013
    "feedproxy.google.com": "feeds.feedburner.com",  # FeedBurner after Google bought it
    "feeds2.feedburner.com": "feeds.feedburner.com",
    "feedproxy.feedburner.com": "feeds.feedburner.com",
    "old.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "twitter.com": "x.com",  # renamed 2023
    "youtube-nocookie.com": "youtube.com",
}
_PLAIN_HOST = re.compile(r"[a-z0-9.-]*")
_PLAIN_TEXT = re.compile(r"[\w.~/:@!$&'()*+,;=-]*", re.ASCII)
_BLOGSPOT = re.compile(r"(.+\.blogspot)\.(?:com?\.)?[a-z]{2}$")  # Blogger's country domains

# Files that a server gives for a folder.
_INDEX_FILE = re.compile(
    r"/(?:index|default|home)\.(?:html?|php\d?|aspx?|jsp|cfm|shtml)$", re.IGNORECASE
)
_AMP_PATH = re.compile(
    r"^/amp(?:html)?(?=/(?!s/))|/amp(?:html)?$|[./]amp(?=\.html?$)|\.amp$", re.IGNORECASE
)
_TRAILING = re.compile(r"(?:/|%20|%22|%5B|%5D|[.,;:!'*])+$")  # of the sentence around it, mostly
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)

# Redirectors that carry the address: query parameters that hold it ...
_ADDRESS_PARAMETERS = (
    "url", "u", "q", "target", "to", "dest", "destination", "redirect", "redirect_url",
    "redirect_to", "redirecturl", "goto", "go", "link", "href", "out", "uri", "z", "r", "loc", "murl",
    "uddg",
)  # fmt: skip
# ... believed where the path or the host says that it only passes readers on.
_REDIRECT_STEP = re.compile(
    r"(?:url|r|rd|re?dir(?:ect(?:or|ion)?)?|click(?:thru|through)?|track(?:er|ing)?|out(?:bound)?|go|goto"
    r"|link(?:out|click)?|l|exit|away|leave|jump|visit|apiclick|share[rd]?|sharer|linkfilter|news_?url|c|ck|ct)"
    r"(?:\.(?:php|aspx?|html?|cgi|jsp|do))?",
    re.IGNORECASE,
)
_REDIRECT_HOST = re.compile(
    r"(?:click|clicks|out|go|redirect|redir|r|l|lm|track|tracking|links?|lnk|t|ct|exit|away)\d*\..+"
    r"|href\.li|anonym\.to|nullrefer\.com|.*\.(?:viglink|skimresources|awin1|safelinks\.protection\.outlook)\.com",
)
# Redirectors whose addresses say nothing of the page; only who follows them learns where they lead.
_OPAQUE_HOST = re.compile(
    r"feeds\.feedburner\.com|feeds\.feedblitz\.com|feeds?\.soundcloud\.com|t\.co|bit\.ly|j\.mp|goo\.gl"
    r"|ow\.ly|is\.gd|tinyurl\.com|dlvr\.it|buff\.ly|ift\.tt|trib\.al|fb\.me|lnkd\.in|shar\.es|.+\.rs\.gs"
)
_OPAQUE_PATH = re.compile(
    r"/~r/|^/rss/articles/|^/fulltext/"
)  # FeedBurner's, under any host; Google's
# ... or a path that holds it: whole, as in Yahoo's "/rss/*http://..." and the Internet Archive,
_ADDRESS_IN_PATH = re.compile(r"[/*=](https?(?::|%3a)(?:/|%2f){1,2}.+)$", re.IGNORECASE)
# ... without its scheme, as in Google's AMP viewer and cache and the Register's "/feed/HOST/...".
_HOST_IN_PATH = (
    (re.compile(r"google\.[a-z.]+"), re.compile(r"/(?:amp/)?(?:s/)?([\w-]+\.[\w.-]+/.+)")),
    (re.compile(r".+\.cdn\.ampproject\.org"), re.compile(r"/[acviw]/(?:s/)?([\w-]+\.[\w.-]+/.+)")),
    (re.compile(r"cdn\.ampproject\.org"), re.compile(r"/[acviw]/(?:s/)?([\w-]+\.[\w.-]+/.+)")),
    (re.compile(r"go\.theregister\.(?:com|co\.uk)"), re.compile(r"/feed/([\w-]+\.[\w.-]+/.+)")),
    (re.compile(r"bing\.com"), re.compile(r"/(?:amp/)?(?:s/)?([\w-]+\.[\w.-]+/.+)")),
)
# FeedsPortal wrote the address with its own escapes: ".../l/0L0Sexample0Bcom0Cstory/story01.htm".
_FEEDSPORTAL = re.compile(r"/l/0L(\w+)(?:/.*)?$")
_FEEDSPORTAL_CODES = {
    "0A": "0", "0B": ".", "0C": "/", "0D": "?", "0E": "-", "0F": "=", "0G": "&", "0H": ",",
    "0I": "_", "0J": "%", "0K": "+", "0L": "http://", "0M": "#", "0N": ".com", "0O": ".co.uk",
    "0P": ";", "0Q": "|", "0R": ":", "0S": "www.", "0T": "#", "0U": "$", "0V": "~", "0W": "!",
    "0X": "(", "0Y": ")", "0Z": "Z",
}  # fmt: skip

_TABLE: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(noise.names, re.IGNORECASE), re.compile(noise.values, re.IGNORECASE))
    for noise in _NOISE
)

_HTTP = re.compile(r"https?:/{1,2}[^/]", re.IGNORECASE)

# --------------------------------------------------------------------------- what others call

_SPACE = " \t\n\r\f\v\x00\u00a0\u200b\ufeff"
# An address that is absolute and in order: joining and quoting leave it as it is.
WHOLE = re.compile(
    r"https?://[a-z0-9.-]+/[\w/.~%+,:=@!$&'()*-]*(?:\?[\w/.~%+,:;=@!$&'()*?-]+)?(?:#[\w/.~=&?-]+)?",
    re.ASCII,
)
_EXTRA_SLASHES = re.compile(r"^(https?://)/+", re.IGNORECASE)
_SLASHES = re.compile(r"^(https?:)/+", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^([a-z][a-z0-9+.-]*:)?([/\\]{2})[^/?#\\]*@", re.IGNORECASE)


def absolute(base: str, ref: str) -> str | None:
    """The address that `ref` means in a document whose base is `base`; None unless http(s).

    Source: RFC 3986 §5.
    """
    if len(ref) <= _MAX_LENGTH and WHOLE.fullmatch(ref):  # as most are
        return ref
    try:
        joined = urljoin(base, _EXTRA_SLASHES.sub(r"\1", ref.strip(_SPACE)))
        parts = urlsplit(joined)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
            return None
    except ValueError:  # brackets that are no IPv6 address, and the like
        return None
    if len(joined) > _MAX_LENGTH:
        return None
    return re.sub(r"[\x00-\x20\x7f\"<>\\^`{|}]", lambda found: quote(found[0]), joined)


def without_credentials(url: str) -> str:
    """The address without `user:password@`, fit to be shown and logged."""
    return _CREDENTIALS.sub(r"\1\2", url)


def host(url: str) -> str:
    """The host an address names, in lower case and without port; "" when it names none."""
    try:
        return (urlsplit(url.strip(_SPACE)).hostname or "").rstrip(".")
    except ValueError:
        return ""


def canonical(url: str) -> str | None:
    """The one spelling that all addresses of the same page share; None unless http(s).

    Scheme, "www", mobile and AMP dress, tracking parameters, redirectors that carry the address,
    and the order of parameters make no difference. Applied to its own answer it changes nothing.
    """
    for _ in range(_MAX_REDIRECTORS):
        page = _page(url)
        if page is None:
            return None
        inside = _address_inside(page)
        if inside is None:
            return page.spelled()
        url = inside
    return None


def is_opaque(page: str) -> bool:
    """Whether a canonical address is a redirector's that does not say where it leads."""
    parts = urlsplit(page)
    return bool(_OPAQUE_HOST.fullmatch(parts.netloc) or _OPAQUE_PATH.search(parts.path))


# ------------------------------------------------------------------------------ how it is done


@dataclass(frozen=True, slots=True)
class _Page:
    """An address in its parts, each without spelling noise."""

    host: str  # with a port that is not the usual one
    path: str  # "" or "/...", without a slash at the end
    query: tuple[tuple[str, str], ...]  # sorted, noise removed, percent-decoded
    fragment: str

    def spelled(self) -> str:
        """The parts as one address."""
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in self.query)
        return (
            f"https://{self.host}{self.path}"
            + (f"?{query}" if query else "")
            + (f"#{self.fragment}" if self.fragment else "")
        )


def _page(url: str) -> _Page | None:
    """The parts of an address; None unless http(s)."""
    url = _SLASHES.sub(r"\1//", url.strip(_SPACE))
    if len(url) > _MAX_LENGTH:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    name = _host_name(parts.hostname or "")
    if parts.scheme.lower() not in {"http", "https"} or not name:
        return None
    if port not in {None, 80, 443}:
        name = f"{name}:{port}"
    path = _path(parts.path)
    query = _query(parts.query)
    if name == "youtu.be" and path.count("/") == 1:  # YouTube's short form
        name, query, path = "youtube.com", (("v", path[1:]), *query), "/watch"
    return _Page(name, path, tuple(sorted(query)), _fragment(parts.fragment))


@lru_cache(maxsize=1024)  # the entries of a feed lead to one host
def _host_name(name: str) -> str:
    """The host without dress: no "www", no "m", one name for each publisher, in ASCII.

    "" when it is none.
    """
    name = name.lower()
    if ":" in name:  # an IPv6 address, which stands in brackets (RFC 3986 §3.2.2)
        return _bracketed(name)
    if not _PLAIN_HOST.fullmatch(name):
        name = _in_ascii(name)
    labels = [label for label in name.split(".") if label]
    while len(labels) > 2 and _DRESS_LABEL.fullmatch(labels[0]):  # noqa: PLR2004  "m.eu" is a site
        labels = labels[1:]
    if len(labels) > 3:  # noqa: PLR2004  en.m.wikipedia.org
        labels = [labels[0], *(label for label in labels[1:-2] if label != "m"), *labels[-2:]]
    name = ".".join(labels)
    name = _HOST_ALIASES.get(name, name)
    return _BLOGSPOT.sub(r"\1.com", name) if ".blogspot." in name else name


def _bracketed(address: str) -> str:
    try:
        return f"[{IPv6Address(address)}]"
    except ValueError:
        return ""


def _in_ascii(name: str) -> str:
    """A host's name as it is looked up; what cannot stand in one is escaped."""
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            name = quote(name, safe="%", errors="replace")
    return quote(name, safe="%!$&'()*+,;=").lower()


def _path(path: str) -> str:
    """The path without dress, sessions, index files, empty and dot segments."""
    path = _PATH_SESSION.sub("", _escapes(path, "/:@!$&'()*+,;="))
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    path = "/".join(["", *steps])
    while (shorter := _TRAILING.sub("", _INDEX_FILE.sub("", _AMP_PATH.sub("", path)))) != path:
        path = shorter
    return path


def _query(query: str) -> tuple[tuple[str, str], ...]:
    """Name and value of the parameters that tell pages apart."""
    if not query:  # as most
        return ()
    pairs = []
    for part in re.split(r"[&;]", query.replace("&amp;", "&")):
        name, _, value = part.partition("=")
        name, value = (unquote(text.replace("+", " ")).strip() for text in (name, value))
        if name and not _is_noise(name, value):
            pairs.append((name, value))
    return tuple(pairs)


def _is_noise(name: str, value: str) -> bool:
    """Whether a query parameter says nothing about which page is meant."""
    return any(
        names.fullmatch(name) and values.fullmatch(value.strip("/ ")) for names, values in _TABLE
    )


def _fragment(fragment: str) -> str:
    """The fragment, where it may tell two entries of one page apart."""
    if not fragment:  # as most
        return ""
    fragment = _escapes(fragment, "/?:@!$&'()*+,;=")
    while (shorter := _told_apart(fragment)) != fragment:
        fragment = shorter
    return fragment


def _told_apart(fragment: str) -> str:
    fragment = fragment.strip("/")
    if "=" in fragment:  # parameters that were put here to keep them from the server
        kept = [part for part in fragment.split("&") if not _is_noise(*_halves(part))]
        fragment = "&".join(kept)
    return "" if _FRAGMENT_NOISE.fullmatch(fragment) else fragment


def _halves(part: str) -> tuple[str, str]:
    """Name and value of one parameter."""
    name, _, value = part.partition("=")
    return unquote(name), unquote(value)


def _escapes(text: str, safe: str) -> str:
    """Percent-escapes in one spelling: none where none is needed (RFC 3986 §6.2.2).

    Args:
        safe: signs beside letters, digits and those of `_PLAIN_TEXT` that need none.
    """
    if _PLAIN_TEXT.fullmatch(text):  # as most
        return text
    pieces = re.split(r"%([0-9A-Fa-f]{2})", text)  # between escapes, and the escapes' digits
    pieces[::2] = (quote(piece, safe=safe, errors="replace") for piece in pieces[::2])
    pieces[1::2] = (_unescaped(digits) for digits in pieces[1::2])
    return "".join(pieces)


def _unescaped(digits: str) -> str:
    character = chr(int(digits, 16))
    plain = character.isascii() and (character.isalnum() or character in "-._~")
    return character if plain else f"%{digits.upper()}"


def _quoted(text: str) -> str:
    return quote(text, safe="/:@,!$()*'", errors="replace")


def _address_inside(page: _Page) -> str | None:
    """The address that a redirector carries; None when the page is no redirector we can read."""
    return _in_path(page) or _in_query(page) or _in_feedsportal(page) or _in_google_news(page)


def _in_path(page: _Page) -> str | None:
    found = _ADDRESS_IN_PATH.search(page.path)
    if found:
        tail = "&".join(f"{name}={value}" for name, value in page.query)
        return unquote(found[1]) + (f"?{tail}" if tail else "")
    for hosts, paths in _HOST_IN_PATH:
        if hosts.fullmatch(page.host) and (found := paths.match(page.path)):
            return f"https://{found[1]}"
    return None


def _in_query(page: _Page) -> str | None:
    step = page.path.rpartition("/")[2]
    if not (_REDIRECT_STEP.fullmatch(step) or _REDIRECT_HOST.fullmatch(page.host)):
        return None
    for name, value in page.query:
        if name.lower() in _ADDRESS_PARAMETERS and _HTTP.match(value):
            return value
        if _HTTP.match(name):  # href.li/?http://...
            return f"{name}={value}" if value else name
    return None


def _in_feedsportal(page: _Page) -> str | None:
    found = _FEEDSPORTAL.search(page.path) if page.host.endswith("feedsportal.com") else None
    if found is None:
        return None
    return "http://" + re.sub(r"0[A-Z]", lambda code: _FEEDSPORTAL_CODES[code[0]], found[1])


def _in_google_news(page: _Page) -> str | None:
    """The address in an article's id, as Google News wrote it until 2024: base64 of a message."""
    if page.host != "news.google.com" or "/articles/" not in page.path:
        return None
    identifier = page.path.rpartition("/")[2]
    try:
        message = base64.b64decode(identifier + "=" * (-len(identifier) % 4), b"-_")
    except (binascii.Error, ValueError):
        return None
    found = re.search(rb"https?://[\x21-\x7e]+", message)
    return found[0].decode("ascii") if found else None
