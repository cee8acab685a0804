"""How much of a document is about a person, by rules an editor can check by eye."""

from collections.abc import Sequence

from aggregator.values.tag import Document, Match

TITLE = 0.45
CATEGORY = 0.3
LEAD = 0.15  # named within the first LEAD_LENGTH characters of the text
SHARE = 0.4  # times the person's part of all mentions of listed people in the text
LEAD_LENGTH = 300
ABOUT = 0.5


def salience(document: Document, matches: Sequence[Match], mentions: int) -> float:
    """From 0 to 1: how much of the document is about the person.

    Args:
        document: what was tagged.
        matches: where the person is named.
        mentions: matches of all listed people in the text.
    """
    in_text = [match for match in matches if match.field == "text"]
    total = 0.0
    if any(match.field == "title" for match in matches):
        total += TITLE
    if any(match.field == "categories" for match in matches):
        total += CATEGORY
    if any(match.start < LEAD_LENGTH for match in in_text):
        total += LEAD
    if in_text:
        total += SHARE * len(in_text) / max(mentions, len(in_text))
    elif not document.text.strip() and total:
        total += SHARE
    return round(min(total, 1.0), 3)
