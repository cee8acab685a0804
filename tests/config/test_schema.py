"""The JSON Schema that completes and checks while an editor types."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import compose, nodes, schema
from aggregator.config.starter import STARTER
from tests.config.corpus import Refused, refused

jsonschema = pytest.importorskip("jsonschema", reason="the test group has it")
ROOT = Path(__file__).parents[2]
FILES = (ROOT / "feeds.yaml", ROOT / "samples" / "feeds.yaml", STARTER)


def check(text: str) -> list[Any]:
    validator = jsonschema.Draft7Validator(schema.json_schema())
    return list(validator.iter_errors(nodes.plain(compose.read(text).root)))


def test_the_shipped_schema_is_the_one_of_the_models() -> None:
    shipped = json.loads((ROOT / "feeds.schema.json").read_text(encoding="utf-8"))

    assert shipped == schema.json_schema(), "write it anew from json_schema()"


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(schema.json_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_shipped_files_are_taken(file: Path) -> None:
    assert check(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("document", refused("shape"), ids=lambda document: document.name)
def test_what_has_the_wrong_shape_is_refused_while_typing(document: Refused) -> None:
    assert check(document.text)


@pytest.mark.parametrize("document", refused("meaning"), ids=lambda document: document.name)
def test_what_only_the_whole_shows_is_left_to_check(document: Refused) -> None:
    assert check(document.text) == []


def test_every_key_says_what_it_is_for() -> None:
    for model in (schema.FeedsFile, schema.Site, schema.Poll, schema.Publish, schema.Keep,
                  schema.Feed, schema.Person, schema.View, schema.Alert):  # fmt: skip
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"


def test_every_key_stands_in_the_reference() -> None:
    reference = (ROOT / "docs" / "feeds-yaml.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE))

    keys = {
        name
        for model in (schema.Site, schema.Poll, schema.Publish, schema.Keep, schema.Feed,
                      schema.Person, schema.View, schema.Alert)
        for name in model.model_fields
    }  # fmt: skip

    assert keys | {"database"} == documented
