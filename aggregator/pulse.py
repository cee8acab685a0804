"""How the service is, and what has happened: told by the process that works, for pages and probes."""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeAlias

Task: TypeAlias = Literal["retag", "assign"]


@dataclass(slots=True)
class Progress:
    """Something that goes on in the background and takes long."""

    task: Task
    done: int = 0  # items
    total: int = 0


@dataclass(slots=True)
class Pulse:
    """How the service is, right now."""

    ticks: int = 0  # since the start
    error: str | None = None  # of the last tick
    config_errors: tuple[str, ...] = ()  # of an edited feeds.yaml that was refused
    background: Progress | None = None  # what is being brought in line with feeds.yaml
    background_error: str | None = None  # why that broke off
    absence: str | None = None  # why nobody polls at the moment
    outdated: bool = False  # a newer release has migrated the database

    @property
    def problems(self) -> tuple[str, ...]:
        """What an operator should look at, a line each; empty when all is well."""
        errors = (self.absence, self.error, self.background_error)
        return (*self.config_errors, *(error for error in errors if error))

    def follow(self, other: "Pulse") -> None:
        """Be as the other is, but for the ticks: those are counted as they happen."""
        for name in (field.name for field in fields(self) if field.name != "ticks"):
            setattr(self, name, getattr(other, name))

    def copy(self) -> "Pulse":
        """The pulse of this moment."""
        return replace(self, background=self.background and replace(self.background))


@dataclass(frozen=True, slots=True)
class PollEnded:
    """A poll, in numbers."""

    outcome: str  # in small letters: fetched, notmodified, ...
    seconds: float  # from the request to the read document
    new: int = 0
    updated: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class RoundEnded:
    """A look at what is due, and all that followed."""

    failed: bool = False
    files: int = 0  # whose bytes changed
    lag_s: float | None = None  # from the first new item to the published files; None without news


@dataclass(frozen=True, slots=True)
class ConfigTaken:
    """An edited feeds.yaml is in use."""


Told: TypeAlias = Pulse | PollEnded | RoundEnded | ConfigTaken
_KINDS = {kind.__name__: kind for kind in (Pulse, PollEnded, RoundEnded, ConfigTaken)}


def line(told: Told) -> bytes:
    """What is told as a line, to travel between two processes."""
    return json.dumps([type(told).__name__, asdict(told)]).encode() + b"\n"


def told(line: bytes) -> Told:
    """What a line tells.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        name, said = json.loads(line)
        if name == Pulse.__name__:
            return _pulse(said)
        return _KINDS[name](**said)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not told by us: {line[:80]!r}") from error


def _pulse(said: dict[str, Any]) -> Pulse:
    work = said["background"]
    return Pulse(
        **{
            **said,
            "config_errors": tuple(said["config_errors"]),
            "background": None if work is None else Progress(**work),
        }
    )
