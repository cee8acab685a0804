"""What agencies and desks put around a story: datelines, bylines, prefixes, sign-offs.

The same copy stands under "MILAN, Dec 6 (Agency) -" in one paper and without it in another, with
"UPDATE 2-" before its headline or the paper's name after it. Nothing of that is part of the story.
"""

import re
from collections.abc import Iterator

_HEAD = 100  # characters in which a dateline ends
_TAIL = 400  # characters in which sign-offs stand
_MAX_HEADLINE_LEFT = 4  # words that must be left of a headline before " - Example News" is cut off

_TITLE_PREFIX = re.compile(
    r"^\W*(?:(?:update|wrapup|wrap|rpt|refile|corrected|correction|exclusive|breaking(?: news)?|"
    r"urgent|alert|video|watch|photos?|live|factbox|analysis|explainer|insight|eil|eilmeldung|"
    r"urgente?|última hora|direct|молния|срочно|видео)\b[\s\d]*[-–—:|\]]+\s*)+",
    re.IGNORECASE,
)
_TITLE_SUFFIX = re.compile(
    r"\s+[-–—|]\s+((?:[^-–—|]|(?<=\S)-(?=\S)){2,40})$"
)  # "... - Example News"
_BYLINE = re.compile(r"^\W*(?:by|von|par|por|di)\s+[A-ZÀ-Þ][^\n]{2,60}\n", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^\W*(?:listen to this (?:article|story)\b|(?:photo|image|picture|foto)s?\s*:[^.\n]{2,40}[.\n]"
    r"|(?:last )?updated?\b[^.\n]{2,40}[.\n]|(?:exclusive|breaking(?: news)?)\s*[-–—:]"
    r"|(?:this|the) (?:article|story|report) (?:was )?(?:first |originally )?(?:appeared|published)"
    r"[^.\n]{2,60}\.)[\s.]*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s[-–—]{1,2}\s+|(?<=\S):\s+|[)\]/]\.?\s*[-–—:]*\s*|\.\s+")
_AGENCIES = re.compile(
    r"\b(?:reuters|afp|ap|dpa|tass|тасс|риа новости|ria novosti|интерфакс|interfax|ansa|efe|xinhua|"
    r"bloomberg|upi|pti|ians|ani|kyodo|yonhap|apa|sda|belga|ritzau|ntb|lusa|agi|adnkronos|aap|pap|"
    r"mti|ctk|čtk|bta|agerpres|ukrinform|укринформ|унн|belta|белта|irna|wafa|anadolu|sid|epd|kna|"
    r"associated press|agence france-presse|press association|canadian press|europa press|"
    r"pr ?newswire|business wire|globe ?newswire)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_LITTLE = frozenset((
    "de", "del", "di", "da", "la", "le", "el", "los", "am", "of", "the", "an", "on", "und", "and",
    "et", "y", "i", "в", "на",
))  # fmt: skip
_MONTH = re.compile(
    r"(?:jan|feb|fev|fév|febr|mar|mär|apr|avr|abr|may|mai|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|"
    r"set|oct|okt|ott|out|nov|dec|dez|déc|dic|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек)"
    r"[^\W\d]{0,7}",
    re.IGNORECASE,
)
_SIGNED = (
    r"(?:[(\[]\s*)?(?:"
    r"(?:additional |with )?(?:reporting|writing|editing|compiled|edited|written) by\b"
    r"|©|copyright\b|all rights reserved|the post\b.{0,160} appeared first on\b"
    r"|(?:read|see|find out|learn) (?:more|the full (?:story|article))|(?:continue|keep) reading\b"
    r"|click here\b|more to follow|more details (?:soon|to follow)|sign up (?:for|to)\b"
    r"|subscribe (?:to|now)|follow us\b|(?:this|the) (?:story|article|report|copy) (?:has been|will be|"
    r"has not been|was (?:first|originally)|is being)\b|for more (?:information|news|stories)\b"
    r"|submitted by\b|weiterlesen|mehr (?:zum thema|dazu|lesen)|lesen sie (?:mehr|auch)"
    r"|lire (?:la suite|aussi|plus)|leer más|seguir leyendo|leggi (?:anche|tutto)|leia mais"
    r"|читать (?:далее|полностью|также)|подробнее\b|lees (?:meer|verder))"
)
_ALL_SIGNED = re.compile(_SIGNED, re.IGNORECASE)
_SIGN_OFF = re.compile(rf"[\s.!?…\"”)\]]({_SIGNED})", re.IGNORECASE)  # signs are found fast
_SMALL_SIGN_OFF = re.compile(_SIGN_OFF.pattern)  # of small letters, in half the time
_MOST_SIGNED = 0.7  # share of a text that may be sign-offs


def bare_title(title: str | None) -> str:
    """A headline without "UPDATE 2-" and "- Example News"."""
    title = _TITLE_PREFIX.sub("", title or "").strip()
    suffix = _TITLE_SUFFIX.search(title)
    if suffix:
        left = title[: suffix.start()]
        if len(left.split()) >= max(_MAX_HEADLINE_LEFT, len(suffix[1].split())):
            return left
    return title


def bare_text(text: str) -> str:
    """A text without byline and dateline at its start, and without sign-offs at its end."""
    dressed = text.strip()
    text = _undressed(dressed)
    if len(text) < len(dressed):
        text = _undressed(text)
    start = max(int(len(text) * (1 - _MOST_SIGNED)), len(text) - _TAIL)
    if not start and _ALL_SIGNED.match(text):
        return ""
    start = max(start - 1, 0)
    if text.isascii():
        signed = _SMALL_SIGN_OFF.search(text.lower(), start)
    else:
        signed = _SIGN_OFF.search(text, start)
    return text[: signed.start(1)].rstrip() if signed else text


def _undressed(text: str) -> str:
    """A text without one layer of what stands before the story."""
    text = _LEAD_IN.sub("", text, count=1)
    text = _BYLINE.sub("", text, count=1)
    return text[_dateline(text) :]


def _dateline(text: str) -> int:
    """Where the dateline ends; 0 without one.

    It is made of places, dates and agencies only: words with a capital, little words, numbers.
    """
    end = 0
    for separator in _SEPARATOR.finditer(text[:_HEAD]):
        head = text[: separator.end()]
        if "\n" in head or not all(map(_is_dateline_word, _words(head))):
            break
        signed = _AGENCIES.search(head) is not None
        if _is_dateline(head, separator[0].strip(), signed=signed) and (signed or not end):
            end = separator.end()
            if signed:
                break
    return end


def _is_dateline(head: str, separator: str, *, signed: bool) -> bool:
    if signed or separator == ".":
        return signed and separator not in {"(", "/"}
    words = [word for word in _words(head) if word.lower() not in _LITTLE]
    dash = separator[-1:] in set("-–—") and separator != ""
    if separator[:1] in {")", "]"}:
        return dash  # "Port Amsel (Wire Service) -"
    dated = any(map(_MONTH.fullmatch, words)) and any(word.isdigit() for word in words)
    capitals = bool(words) and all(word.isupper() for word in words)
    return dash and (dated or capitals or len(words) == 1)


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in _TOKEN.finditer(text))


def _is_dateline_word(word: str) -> bool:
    return (
        word[0].isupper()
        or word[0].isdigit()
        or word.lower() in _LITTLE
        or _MONTH.fullmatch(word) is not None
        or _AGENCIES.fullmatch(word) is not None
    )
