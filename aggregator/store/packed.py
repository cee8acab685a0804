"""Columns that are only ever read whole, in a third of their size."""

import json
from typing import Any

from isal import isal_zlib
from sqlalchemy import LargeBinary, TypeDecorator
from sqlalchemy.engine import Dialect


class Packed(TypeDecorator[dict[str, Any]]):
    """JSON, compressed (RFC 1950) by ISA-L: a third of zlib's time to write, a fifth to read, no larger."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Values to bytes."""
        return None if value is None else packed(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Bytes to values."""
        if value is None:
            return None
        found: dict[str, Any] = json.loads(
            isal_zlib.decompress(value).decode("utf-8", "surrogatepass")
        )
        return found


def packed(value: dict[str, Any]) -> bytes:
    """Values as they are stored."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return isal_zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
