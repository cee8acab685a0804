"""Names found as they are written: in scripts without spaces between words, and with digits.

Chinese, Japanese, Thai, Lao, Khmer, Burmese; "50 Cent".
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

SHORTEST = 2  # characters; one alone is a word of its own
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_DOTS = re.compile("[·・･•‧=＝\\s]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff]")


class Unspaced:
    """Aliases to be found as they are written, wherever they stand."""

    def __init__(self, aliases: Sequence[tuple[str, int]]) -> None:
        self._literal = [(alias, person) for alias, person in aliases if alias.isascii()]
        self._starts: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for alias, person in aliases:
            if alias.isascii():
                continue
            for spelling in {
                alias.strip(),
                _DOTS.sub("", alias),
                _DOTS.sub("・", alias.strip()),
                _DOTS.sub("·", alias.strip()),
            }:
                if len(spelling) >= SHORTEST:
                    self._starts[spelling[:2]].append((spelling, person))
        for found in self._starts.values():
            found.sort(key=lambda pair: -len(pair[0]))

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Person, start and end of every alias in a seen text; the longest one at each place."""
        for alias, person in self._literal:
            for found in re.finditer(rf"(?<!\w){re.escape(alias)}(?!\w)", text):
                yield person, found.start(), found.end()
        if not self._starts or _UNSPACED.search(text) is None:
            return
        at = 0
        while at < len(text) - 1:
            best = 0
            for alias, person in self._starts.get(text[at : at + 2], ()):
                if len(alias) < best or not text.startswith(alias, at):
                    continue
                if not _cut_from_katakana(text, at, at + len(alias)):
                    best = len(alias)
                    yield person, at, at + best
            at += best or 1


def _cut_from_katakana(text: str, start: int, end: int) -> bool:
    """Whether the alias is a part of a longer foreign name: ラブロフ in ラブロフスキー."""
    before = start > 0 and _KATAKANA.match(text[start - 1]) and _KATAKANA.match(text[start])
    after = end < len(text) and _KATAKANA.match(text[end]) and _KATAKANA.match(text[end - 1])
    return bool(before or after)
