"""What a tick came to: polling what is due, and publishing what changed."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick came to; the names are those of `poll --json`."""

    feeds: int = 0  # polled; of a queue, put in it
    changed: int = 0  # with a document not seen before
    unchanged: int = 0
    failed: int = 0
    new: int = 0  # items
    updated: int = 0  # items
    duplicates: int = 0  # entries that joined an item of another feed
    published: int = 0  # files written
    seconds: float = 0.0

    def as_dict(self) -> dict[str, int | float]:
        """For JSON and logs."""
        return asdict(self)

    def as_json(self) -> str:
        """For `poll --json`."""
        return json.dumps(self.as_dict())

    def as_text(self) -> str:
        """For people."""
        return (
            f"{self.feeds} feeds polled: {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.failed} failed\n"
            f"{self.new} new items, {self.updated} updated, {self.duplicates} duplicates; "
            f"{self.published} files published in {self.seconds:.1f} s"
        )
