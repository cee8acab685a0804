"""Surnames that tell a woman from a man: `Nováková` is not Novák, `Лавровой` not Лавров."""

from functools import lru_cache
from typing import Final

# The end of a listed surname, folded, and what only the other gender's has in its place.
_OTHERS: Final = (
    (("ова", "ева", "ина", "іна"), 1, ("", "ым", "им", "ом", "ові")),
    (("ов", "ев", "ин", "ін"), 0, ("ой", "ои", "ою", "ій", "іи", "оі")),
    (("ская", "цкая"), 2, ("ии", "ого", "ому", "им", "ом")),
    (("ска", "цка", "ська", "цька"), 1, ("ии", "ого", "ому", "им", "ім", "и")),
    (("скии", "цкии", "ськии", "цькии"), 2, ("ая", "ои", "ую", "ою", "а", "оі", "іи", "у")),
    (("ska", "cka", "zka"), 1, ("i", "y", "iego", "eho", "iemu", "emu", "im", "ym")),
    (("ski", "sky", "cki", "cky", "zki", "zky"), 1, ("a", "iej", "ej", "ou")),
)


@lru_cache(maxsize=65536)
def is_the_others(listed: str, text: str) -> bool:
    """Whether a folded word is a listed surname in a form that only the other gender has."""
    for ends, dropped, others in _OTHERS:
        if listed.endswith(ends):
            stem = listed[: len(listed) - dropped]
            return any(text == stem + other for other in others)
    return False


def is_a_womans(listed: str, written: str) -> bool:
    """Whether a word, with its accents, is the Czech or Slovak form for a woman: `Merkelová`."""
    return written.casefold().endswith(("ová", "ové")) and not listed.endswith("ova")
