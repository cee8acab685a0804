"""What was made of a value lately: channels that show the same item make its piece once."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Memo(Generic[Made]):
    """Remembers what was made of these very objects; of equal ones it makes the same again.

    Comparing items costs more than making a piece of one, so they are told apart by identity,
    and kept alive as long as they are remembered.
    """

    def __init__(self, most: int) -> None:
        """Remember so many."""
        self._most = most
        self._made: dict[Hashable, tuple[object, Made]] = {}

    def get(self, things: tuple[object, ...], more: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of these things, or is made now.

        Args:
            things: told apart by identity.
            more: whatever else it depends on, told apart by equality.
            make: makes it.
        """
        key = (*map(id, things), more)
        found = self._made.get(key)
        if found is not None:
            return found[1]
        made = make()
        if len(self._made) >= self._most:
            for old in list(self._made)[: self._most // 4]:
                self._made.pop(old, None)
        self._made[key] = (things, made)
        return made
