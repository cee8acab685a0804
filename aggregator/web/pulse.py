"""How the service is: the service writes it, pages and probes read it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

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
    outdated: bool = False  # a newer release has migrated the database

    @property
    def problems(self) -> tuple[str, ...]:
        """What an operator should look at, a line each; empty when all is well."""
        errors = (self.error, self.background_error)
        return (*self.config_errors, *(error for error in errors if error))
