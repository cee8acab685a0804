"""How fast documents are tagged, and what the index costs, beside a bare pyahocorasick scan.

    python benchmarks/tagging.py [PEOPLE ...]        default: 264 10000 100000

People are made of given names and surnames as a census has them: few names of many people, many
of few. Documents are of about 1.2 kB: made-up English news in which listed people, people nobody
listed and bare surnames occur. Every number of people runs in a process of its own, on one core.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ahocorasick

from aggregator.tag.lists import common_surnames, common_words, given_names
from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Document, Person

TARGETS = {264: 2000, 10_000: 1000, 100_000: 500}  # documents a second
LENGTH = 1200  # characters
ROUNDS = 4
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vi",
    "vo",
    "do",
    "du",
    "da",
    "go",
    "gu",
    "ga",
    "hol",
    "ber",
    "man",
    "sten",
    "dor",
    "vic",
    "mar",
    "kel",
    "ton",
    "son",
    "sky",
    "ova",
    "enko",
    "ard",
]
FRAME = [
    "on",
    "Monday",
    "said",
    "that",
    "the",
    "government",
    "would",
    "not",
    "accept",
    "the",
    "new",
    "plan",
    "for",
    "the",
    "region",
    "while",
    "talks",
    "with",
    "the",
    "opposition",
    "about",
    "the",
    "budget",
    "and",
    "the",
    "war",
    "went",
    "on",
    "in",
    "the",
    "capital",
    "after",
    "a",
    "long",
    "night",
]


def census(count: int, chance: random.Random) -> list[Person]:
    """People whose surnames are spread as in a census: the n-th is n times rarer than the first."""
    givens = sorted(name for name in given_names() if name.isascii() and len(name) > 3)
    chance.shuffle(givens)
    surnames = sorted(common_surnames())
    while len(surnames) < max(2000, count // 2):
        surnames.append("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))))
    weights = [1 / (rank + 10) for rank in range(len(surnames))]
    heads = chance.choices(surnames, weights, k=count)
    firsts = chance.choices(givens[:4000], [1 / (rank + 10) for rank in range(4000)], k=count)
    return [
        Person(f"p{number}", f"{first.title()} {head.title()}")
        for number, (first, head) in enumerate(zip(firsts, heads, strict=True))
    ]


def news(people: list[Person], count: int, chance: random.Random) -> list[Document]:
    """Documents of which each names some people, listed and not."""
    words = sorted(common_words())
    strangers = census(5000, chance)
    documents = []
    for _ in range(count):
        parts: list[str] = []
        size = 0
        while size < LENGTH:
            kind = chance.random()
            if kind < 0.03:
                part = chance.choice(people).name
            elif kind < 0.06:
                part = chance.choice(strangers).name
            elif kind < 0.08:
                part = chance.choice(people).name.split()[-1]
            elif kind < 0.12:
                part = chance.choice(words).title()
            elif kind < 0.7:
                part = chance.choice(FRAME)
            else:
                part = chance.choice(words)
            parts.append(part + ("." if chance.random() < 0.05 else ""))
            size += len(part) + 1
        documents.append(Document(" ".join(parts[:8]), " ".join(parts[8:])))
    return documents


def speed(work: Callable[[Document], object], documents: list[Document]) -> float:
    """Documents a second on one core: the best of some rounds, as other processes only slow."""
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for document in documents:
            work(document)
        best = max(best, len(documents) / (time.process_time() - started))
    return best


def resident() -> float:
    """Memory of this process in MB (VmRSS of proc(5))."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def measure(count: int) -> None:
    """Print one line of the table."""
    chance = random.Random(count)
    people = census(count, chance)
    documents = news(people, 1500, chance)
    before = resident()
    started = time.process_time()
    tagger = Tagger(people)
    built = time.process_time() - started
    size = resident() - before
    tags = sum(len(tagger.tag(document)) for document in documents) / len(documents)
    ours = speed(tagger.tag, documents)
    automaton = ahocorasick.Automaton()
    for person in people:
        automaton.add_word(person.name, person.slug)
    automaton.make_automaton()
    bare = speed(lambda d: list(automaton.iter(f"{d.title}\n{d.text}")), documents)
    print(
        f"{count:>8} {ours:>8.0f} {TARGETS.get(count, 0):>8} {bare:>8.0f} {bare / ours:>7.1f} "
        f"{built:>8.2f} {size:>7.0f} {tags:>6.1f}",
        flush=True,
    )


def main(counts: list[int]) -> None:
    """Print the table, a process for each line."""
    print("  people   docs/s   target  bare ac   ratio  build s      MB   tags")
    for count in counts:
        subprocess.run([sys.executable, __file__, "--one", str(count)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
    else:
        main([int(word) for word in sys.argv[1:]] or list(TARGETS))
