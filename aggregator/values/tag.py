"""People, and where a text speaks of them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Surname: TypeAlias = Literal["auto", "always", "never"]
Field: TypeAlias = Literal["title", "text", "categories"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody editors list, as feeds.yaml has it."""

    slug: str  # the tag
    name: str  # as shown
    aliases: tuple[str, ...] = ()
    surname: Surname = "auto"  # may the surname alone count
    exclude: tuple[str, ...] = ()  # phrases that never count
    must: tuple[str, ...] = ()  # headline tests: these get the tag
    must_not: tuple[str, ...] = ()  # and these do not
    wikidata: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text to tag; offsets of matches are code points of these very strings."""

    title: str = ""
    text: str = ""  # plain or HTML
    categories: tuple[str, ...] = ()  # the publisher's labels
    language: str | None = None  # BCP 47, as declared; never guessed


@dataclass(frozen=True, slots=True)
class Match:
    """One place where a person is named: `field[start:end] == text`."""

    field: Field
    start: int  # code points
    end: int
    text: str
    rule: str  # the rule that found it, in one or two words: "full name", "surname"
    index: int | None = None  # which category; None in title and text


@dataclass(frozen=True, slots=True)
class Tag:
    """A document names this person."""

    slug: str
    matches: tuple[Match, ...]
    salience: float  # 0..1: how much of the document is about the person
    about: bool  # about the person, not a mention in passing
