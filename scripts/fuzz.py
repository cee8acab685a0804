"""Fuzz one target, guided by coverage: `pip install atheris`, then `python -m scripts.fuzz document`.

Options after the target's name are libFuzzer's, such as -max_total_time=600. A crash is written to
a file; cut it down and put it into tests/corpus/ with the fix.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["aggregator"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent.parent / "tests/corpus"


def main() -> None:
    """Run a target until it breaks or the time is up."""
    if not set(sys.argv[1:2]) <= TARGETS.keys() or not sys.argv[1:]:
        sys.exit(f"name a target: {', '.join(TARGETS)}")
    target = TARGETS[sys.argv.pop(1)]
    with TemporaryDirectory() as found:  # new inputs go there, not into the corpus
        atheris.Setup([*sys.argv, found, str(CORPUS)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
