"""What each rule of the tagger is worth on the evaluation sets in tests/tag/data.

    python -m benchmarks.tagging_rules

A tag is right when the set expects it. "Alone" counts tags that no other rule found: what would be
lost without the rule, and what it may do wrong by itself.
"""

from collections import Counter

from aggregator.tag.matcher import Tagger
from tests.tag.hand_made import DATA, read, score


def main() -> None:
    """Print a table of sets, then one of rules."""
    used: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    print(f"{'set':<16}{'documents':>10}{'precision':>11}{'recall':>8}{'F1':>7}")
    for path in sorted(DATA.glob("*.txt")):
        people, cases = read(path.name)
        got = score(people, cases)
        print(
            f"{path.stem:<16}{len(cases):>10}{got.precision:>11.3f}{got.recall:>8.3f}{got.f1:>7.3f}"
        )
        tagger = Tagger(people)
        for case in cases:
            for tag in tagger.tag(case.document):
                rules = {match.rule for match in tag.matches}
                used.update(rules)
                if len(rules) == 1:
                    (right if tag.slug in case.expected else wrong).update(rules)
    print(f"\n{'rule':<16}{'tags':>6}{'alone, right':>14}{'alone, wrong':>14}")
    for rule, tags in used.most_common():
        print(f"{rule:<16}{tags:>6}{right[rule]:>14}{wrong[rule]:>14}")


if __name__ == "__main__":
    main()
