"""Columns that are only ever read whole, in a third of their size."""

import json
import zlib
from typing import Any

from sqlalchemy import LargeBinary, TypeDecorator
from sqlalchemy.engine import Dialect


class Packed(TypeDecorator[dict[str, Any]]):
    """JSON, compressed: 50 us to write an article, 20 to read it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Values to bytes."""
        return None if value is None else packed(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Bytes to values."""
        if value is None:
            return None
        found: dict[str, Any] = json.loads(zlib.decompress(value).decode("utf-8", "surrogatepass"))
        return found


def packed(value: dict[str, Any]) -> bytes:
    """Values as they are stored."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
