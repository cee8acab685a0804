"""What the words around a surname say about it."""

from enum import IntEnum


class Verdict(IntEnum):
    """From speaking against the listed person to speaking for him."""

    OTHER = 0  # somebody else's name
    THING = 1  # a street, a firm, a town
    UNSURE = 2  # may be no name at all
    PLAIN = 3  # nothing against it
    SPOKEN = 4  # somebody who speaks or acts
    ACCOMPANIED = 5  # in a list beside somebody listed whose name is rare
    TITLED = 6  # a title stands before it
