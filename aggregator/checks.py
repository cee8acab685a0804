"""What `check` finds beyond mistakes: failing headline tests, and what weakens matching."""

from collections import Counter

from aggregator.config.load import Config
from aggregator.errors import Problem
from aggregator.tag import headlines
from aggregator.tag.matcher import Tagger


def problems(config: Config) -> tuple[list[Problem], list[Problem]]:
    """Failing headline tests, and warnings, each with its place in feeds.yaml."""
    failing = [
        _problem(config, failure.message, "people", failure.person, failure.kind, failure.test)
        for failure in headlines.failures(config.people, Tagger(config.people))
    ]
    languages = Counter(feed.language for feed in config.feeds if feed.language)
    weak = []
    for weakness in headlines.warnings(config.people, languages):
        steps = ("people", weakness.person, weakness.place)
        alias = () if weakness.alias is None else (weakness.alias,)
        weak.append(_problem(config, weakness.message, *steps, *alias))
    return failing, weak


def _problem(config: Config, message: str, *steps: str | int) -> Problem:
    line, column = config.place(*steps)
    return Problem(str(config.path), line, column, message)
