"""What `init` writes: a feeds.yaml, and the JSON Schema that its first line names."""

from pathlib import Path

from aggregator.config.schema import json_schema_text
from aggregator.errors import Unusable

STARTER = Path(__file__).with_name("starter.yaml")
SCHEMA = "feeds.schema.json"


def write_starter(folder: Path) -> Path:
    """Write a commented feeds.yaml into a folder, made when missing; returns the file.

    Raises:
        Unusable: there is one already, or the folder cannot be written.
    """
    file = folder / "feeds.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"{folder}: cannot be made: {error.strerror}") from error
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(STARTER.read_text(encoding="utf-8"))
        (folder / SCHEMA).write_text(json_schema_text(), encoding="utf-8")
    except FileExistsError:
        raise Unusable(f"{file}: is there already, and is left as it is") from None
    except OSError as error:
        raise Unusable(f"{file}: cannot be written: {error.strerror}") from error
    return file
