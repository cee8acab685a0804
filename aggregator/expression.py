"""Expressions over what is known of an item: which items a view holds.

    federica-mogherini and sergei-lavrov
    (lang:de or lang:fr) and not group:wire
    feed:https://example.org/feed.xml or feed:"https://example.org/a (b).xml"

`and` binds tighter than `or`, `not` tighter than both; parentheses group. A name alone is a tag;
`tag:`, `group:`, `feed:` and `lang:` say which kind is meant, and quotes may surround what
follows. The words `and`, `or`, `not` may be written in any case; `tag:and` is the tag so named.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never, get_args

from aggregator.errors import NotAnExpression

Kind: TypeAlias = Literal["tag", "group", "feed", "lang"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_LENGTH = 2000  # characters; what a person can still read, and a request may carry
MAX_DEPTH = 50  # nested parentheses and `not`s: far from Python's own limit of recursion

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<mark>[()])
      | (?P<name>(?:[a-z]+:)?(?:"[^"]*"|'[^']*'))
      | (?P<word>[^\s()]+)""",
    re.VERBOSE,
)
_KIND = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Name:
    """Something an item has or has not: a tag, a group, a feed, a language."""

    kind: Kind
    name: str
    offset: int = field(compare=False)  # where in the text it starts, 0-based, in characters


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all its parts do."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where one of its parts does."""

    parts: tuple["Expression", ...]


Expression: TypeAlias = Name | Not | And | Or


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one item, over all its sources."""

    tags: frozenset[str] = frozenset()  # slugs
    groups: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()  # addresses as in feeds.yaml
    languages: frozenset[str] = frozenset()  # BCP 47


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        NotAnExpression: says what is wrong and what to write instead; its offset is the place.
    """
    if len(text) > MAX_LENGTH:
        raise NotAnExpression(f"longer than {MAX_LENGTH} characters: make it two views", MAX_LENGTH)
    return _Parser(text).expression()


def matches(expression: Expression, facts: Facts) -> bool:
    """Whether an item of which these facts are known is meant."""
    match expression:
        case Name():
            return _holds(expression, facts)
        case Not(part=part):
            return not matches(part, facts)
        case And(parts=parts):
            return all(matches(part, facts) for part in parts)
        case Or(parts=parts):
            return any(matches(part, facts) for part in parts)
        case _:
            assert_never(expression)


def names(expression: Expression) -> tuple[Name, ...]:
    """Every name in it, in the order of the text."""
    match expression:
        case Name():
            return (expression,)
        case Not(part=part):
            return names(part)
        case And(parts=parts) | Or(parts=parts):
            return tuple(name for part in parts for name in names(part))
        case _:
            assert_never(expression)


def _holds(name: Name, facts: Facts) -> bool:
    match name.kind:
        case "tag":
            return name.name in facts.tags
        case "group":
            return name.name in facts.groups
        case "feed":
            return name.name in facts.feeds
        case "lang":
            return any(_speaks(language, name.name) for language in facts.languages)
        case _:
            assert_never(name.kind)


def _speaks(language: str, wanted: str) -> bool:
    """Whether a language tag lies in a range: `de` holds `de-AT` (RFC 4647 §3.3.1)."""
    language, wanted = language.lower().replace("_", "-"), wanted.lower()
    return language == wanted or language.startswith(wanted + "-")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["mark", "name", "word", "end"]
    text: str
    offset: int

    def says(self, keyword: str) -> bool:
        """Whether this is the keyword, or the mark."""
        return self.kind in ("word", "mark") and self.text.lower() == keyword


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text):
        match found.lastgroup:
            case "mark" | "name" | "word" as kind:
                tokens.append(_Token(kind, found[0], found.start()))
            case _:
                continue
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    """Recursive descent, one method for each level of binding."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def took(self, keyword: str) -> bool:
        """Step over the keyword or mark if it comes next."""
        found = self.next.says(keyword)
        self.place += found
        return found

    def expression(self) -> Expression:
        whole = self.alternatives()
        if self.next.kind == "end":
            return whole
        if self.next.says(")"):
            raise NotAnExpression("this `)` closes nothing: remove it", self.next.offset)
        raise NotAnExpression(
            f"`and` or `or` is missing before `{self.next.text}`", self.next.offset
        )

    def alternatives(self) -> Expression:
        parts = [self.conjunction()]
        while self.took("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Expression:
        parts = [self.negation()]
        while self.took("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotAnExpression(
                f"nested more than {MAX_DEPTH} deep: write it plainer", self.next.offset
            )
        part = Not(self.negation()) if self.took("not") else self.primary()
        self.depth -= 1
        return part

    def primary(self) -> Expression:
        opening = self.next
        if self.took("("):
            inner = self.alternatives()
            if not self.took(")"):
                raise NotAnExpression("this `(` is never closed: add a `)`", opening.offset)
            return inner
        if opening.kind == "end" or opening.says(")") or opening.says("and") or opening.says("or"):
            before = f"before `{opening.text}`" if opening.text else "at the end"
            raise NotAnExpression(
                f"a name is missing {before}: write a person's slug, group:NAME, feed:ADDRESS"
                " or lang:CODE",
                opening.offset,
            )
        self.place += 1
        return _name(opening)


def _name(token: _Token) -> Name:
    """The name a token stands for, checked as far as its kind allows."""
    kind, name = _kind_and_rest(token)
    if name[:1] in ('"', "'"):
        if len(name) == 1 or name[-1] != name[0]:
            raise NotAnExpression(f"this quote is never closed: add a {name[0]}", token.offset)
        name = name[1:-1]
    if not name.strip():
        raise NotAnExpression(f"a name is missing after `{kind}:`", token.offset)
    if kind == "tag" and not _SLUG.fullmatch(name):
        raise NotAnExpression(
            f"`{name}` is no slug: a person is written as small letters, digits and hyphens"
            " (sergei-lavrov)",
            token.offset,
        )
    if kind == "lang" and not _LANGUAGE.fullmatch(name):
        raise NotAnExpression(
            f"`{name}` is no language: write a code such as de or pt-BR", token.offset
        )
    return Name(kind, name, token.offset)


def _kind_and_rest(token: _Token) -> tuple[Kind, str]:
    split = _KIND.fullmatch(token.text)
    if split is None:
        return "tag", token.text
    for kind in KINDS:
        if split[1].lower() == kind:
            return kind, split[2]
    instead = f"feed:{token.text}" if "//" in token.text else "tag:, group:, feed: or lang:"
    raise NotAnExpression(f"`{split[1]}:` is no kind of name: write {instead}", token.offset)
