"""How well copies of one story are told from texts that only look alike.

    python -m benchmarks.likeness

Prints pairwise precision and recall over imitated syndication (benchmarks/syndication.py): the
entries come one by one, feed by feed, and each joins an item or becomes one.
"""

import time
from collections import Counter
from itertools import combinations

from aggregator.dedupe.decide import decide
from aggregator.dedupe.identity import prints
from aggregator.values.item import Duplicate, Known, KnownEntry
from benchmarks.syndication import OUTLETS, Carried, carried


def items_of(entries: list[Carried]) -> list[int]:
    """The item each entry ends up in, when they come one at a time."""
    stored: list[KnownEntry] = []
    items = []
    for number, one in enumerate(entries, start=1):
        looks = prints(one.entry)
        feed = OUTLETS.index(one.outlet)
        keys = {looks.link} - {None}
        known = Known(
            mine=tuple(k for k in stored if k.feed_id == feed and k.prints.guid == looks.guid),
            others=tuple(
                k
                for k in stored
                if k.feed_id != feed
                and (k.prints.link in keys or set(k.prints.bands) & set(looks.bands))
            ),
        )
        now = one.at
        (decision,) = decide([one.entry], [looks], known, now)
        item = decision.of.item_id if isinstance(decision, Duplicate) else number
        items.append(item)
        stored.append(
            KnownEntry(
                id=number,
                item_id=item,
                feed_id=feed,
                prints=looks,
                guid=one.entry.guid,
                link=one.entry.link,
                title=one.entry.title,
                text=one.entry.text,
                published=one.entry.published,
                first_seen=now,
            )
        )
    return items


def measured(entries: list[Carried]) -> tuple[float, float, list[tuple[Carried, Carried]]]:
    """Precision and recall over pairs, and the pairs that were judged wrongly."""
    items = items_of(entries)
    judged: Counter[tuple[bool, bool]] = Counter()
    wrong: list[tuple[Carried, Carried]] = []
    for (one, item), (other, other_item) in combinations(zip(entries, items, strict=True), 2):
        same, together = one.cluster == other.cluster, item == other_item
        judged[same, together] += 1
        if same != together:
            wrong.append((one, other))
    right = judged[True, True]
    precision = right / max(right + judged[False, True], 1)
    return precision, right / max(right + judged[True, False], 1), wrong


def main() -> None:
    """Print a line for each seed."""
    print(f"{'seed':>4} {'entries':>8} {'precision':>9} {'recall':>7} {'ms/entry':>9}")
    for seed in range(1, 11):
        entries = carried(seed)
        start = time.perf_counter()
        precision, recall, _ = measured(entries)
        cost = (time.perf_counter() - start) / len(entries) * 1000
        print(f"{seed:>4} {len(entries):>8} {precision:>9.3f} {recall:>7.3f} {cost:>9.2f}")


if __name__ == "__main__":
    main()
