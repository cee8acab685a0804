"""Published files in a bucket of an object store that speaks S3; only this module knows obstore.

An object is put whole or not at all. With it go its media type, how long it may be used, and, where
that saves something, its coding: it is stored as gzip, once, since no store chooses between forms
(docs/decisions/0017-objects.md). A digest of all this is kept with the object, so that one HEAD
tells whether it changed.

Keys come from the environment, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's
role; AWS_ENDPOINT_URL names a store other than Amazon's. What the package says of an error may hold
them, so nothing of that is passed on.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from aggregator.errors import Unusable
from aggregator.publish.media import cache_control, max_age, media_type
from aggregator.publish.squeeze import CODINGS, is_compressible
from aggregator.values.output import Output

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME = "s3://"
CAPACITY_BYTES = 64 * 1024 * 1024  # of what was published last
AT_ONCE = 32  # requests on their way; a store far off answers in 20 to 50 ms, to each alike
_DIGEST = "digest"  # metadata of an object: of what was put there
_GZIP = "gzip"
_TYPE, _LASTING, _CODING = "Content-Type", "Cache-Control", "Content-Encoding"
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")  # the first that is set
_CONNECTING, _ANSWERING = timedelta(seconds=5), timedelta(seconds=10)
_RETRIES = 3
_PATIENCE = timedelta(seconds=15)  # with retries
_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=200), timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as it was read."""

    body: bytes  # as it was published, without coding
    mark: str  # its ETag
    modified: datetime  # aware UTC


class Bucket:
    """A bucket as an outlet (see `outlet`), below a prefix."""

    at_once = AT_ONCE
    together = 1  # the store has no request for more

    def __init__(self, address: str, min_interval: timedelta, *, compress: bool) -> None:
        """Know the bucket; nothing is asked of it yet.

        Args:
            address: `s3://bucket/prefix`, as in feeds.yaml.
            min_interval: how often the files may change: what Cache-Control rests on.
            compress: whether what shrinks is stored as gzip.
        """
        self.address = address.rstrip("/")
        self._min_interval = min_interval
        self._compress = compress
        self._lately: OrderedDict[str, bytes] = OrderedDict()  # what was published last is last
        self._lately_bytes = 0
        self._remembering = Lock()

    def write(self, output: Output) -> bool:
        """Publish a file; True when its bytes, or what goes with them, changed.

        Raises:
            Unusable: the store cannot be used; what was published before is still there.
        """
        body, attributes = self._dressed(output)
        with self._explained(output.path):
            changed = self._digest(output.path) != attributes[_DIGEST]
            if changed:
                self._store.put(output.path, body, attributes=attributes, use_multipart=False)
        self._remember(output)
        return changed

    def write_all(self, outputs: Iterable[Output]) -> frozenset[str]:
        """Publish files one after the other; the paths of those that changed.

        Raises:
            Unusable: the store cannot be used; what was published before is still there.
        """
        return frozenset(output.path for output in outputs if self.write(output))

    def read(self, path: str) -> bytes | None:
        """A published file; None when there is none.

        Raises:
            Unusable: the store cannot be used.
        """
        kept = self.fetch(path)
        return kept.body if isinstance(kept, Kept) else None

    def fetch(self, path: str, known: str | None = None) -> Kept | Literal["same"] | None:
        """A published file with what goes with it; None when there is none.

        Args:
            path: below the prefix.
            known: mark of the file as it was read before: it is not read again while it is the same.

        Raises:
            Unusable: the store cannot be used.
        """
        from obstore.exceptions import NotModifiedError  # noqa: PLC0415 (see _store)

        with self._explained(path):
            try:
                found = self._store.get(path, options={"if_none_match": known} if known else {})
                body = bytes(found.bytes())
            except NotModifiedError:
                return "same"
            except FileNotFoundError as missing:
                _refuse_no_bucket(missing)
                return None
        if found.attributes.get(_CODING) == _GZIP:
            body = CODINGS[_GZIP].decompress(body)
        meta = found.meta
        return Kept(body, str(meta["e_tag"]), meta["last_modified"].astimezone(UTC))

    def last(self, path: str) -> bytes | None:
        """The file as this process published it last; None when it did not, or long ago."""
        with self._remembering:
            return self._lately.get(path)

    def mark(self, path: str) -> str | None:
        """The ETag of a published file; None when there is none.

        Raises:
            Unusable: the store cannot be used.
        """
        with self._explained(path):
            try:
                tag = self._store.head(path)["e_tag"]
            except FileNotFoundError:
                return None
        return tag

    def remove(self, paths: Iterable[str]) -> None:
        """Take published files away; it is fine if there is none.

        Raises:
            Unusable: the store cannot be used.
        """
        if gone := list(paths):
            with self._remembering:
                for path in gone:
                    self._lately_bytes -= len(self._lately.pop(path, b""))
            with self._explained(gone[0]):
                self._store.delete(gone)

    def sweep(self, age_s: float = 0) -> None:
        """A kill leaves nothing behind: what was not put whole is not there."""

    @cached_property
    def _store(self) -> "S3Store":
        # Where nothing is published to a bucket the package need not be there.
        from obstore.store import S3Store  # noqa: PLC0415

        bucket, _, prefix = self.address.removeprefix(SCHEME).partition("/")
        return S3Store(
            bucket,
            prefix=prefix or None,
            client_options={
                "allow_http": True,  # where AWS_ENDPOINT_URL says http:
                "connect_timeout": _CONNECTING,
                "timeout": _ANSWERING,
            },
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": _PATIENCE,
                "backoff": {"init_backoff": _PAUSE, "max_backoff": _LONGEST_PAUSE, "base": 2},
            },
        )

    def _dressed(self, output: Output) -> tuple[bytes, dict[str, str]]:
        """What is stored of a file, and what goes with it."""
        age = max_age(output.path, self._min_interval)
        attributes = {_TYPE: media_type(output.path), _LASTING: cache_control(age)}
        body = output.body
        if self._compress and is_compressible(output.path, body):
            smaller = CODINGS[_GZIP].compress(body)
            if len(smaller) < len(body):
                body, attributes[_CODING] = smaller, _GZIP
        digest = blake2b(repr(sorted(attributes.items())).encode(), digest_size=16)
        digest.update(output.body)
        return body, {**attributes, _DIGEST: digest.hexdigest()}

    def _remember(self, output: Output) -> None:
        with self._remembering:
            self._lately_bytes += len(output.body) - len(self._lately.pop(output.path, b""))
            self._lately[output.path] = output.body
            while self._lately_bytes > CAPACITY_BYTES:
                self._lately_bytes -= len(self._lately.popitem(last=False)[1])

    def _digest(self, path: str) -> str | None:
        """What was put there last; None when nothing was."""
        try:
            found = self._store.get(path, options={"head": True})
        except FileNotFoundError:
            return None
        digest: str | None = found.attributes.get(_DIGEST)
        return digest

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """The package's errors as one line, without addresses and keys."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 (see _store)

        where = _where(self.address)
        try:
            yield
        except (BaseError, OSError) as error:  # a missing object is Python's FileNotFoundError
            raise Unusable(f"cannot publish {path} in {where}: {_reason(error)}") from None


def _where(address: str) -> str:
    """The bucket for messages; raises Unusable when the environment names no store."""
    name = next((name for name in _ENDPOINTS if os.environ.get(name)), None)
    if name is None:
        return address
    try:
        parts = urlsplit(os.environ[name])
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise Unusable(f"{name}: is no address of an object store; write https://host:port")
    return f"{address} at {host}{f':{port}' if port else ''}"


def _refuse_no_bucket(error: FileNotFoundError) -> None:
    if "NoSuchBucket" in str(error):
        raise error


def _reason(error: Exception) -> str:
    """What is the matter and what to do, of what the package said."""
    said = str(error)
    code = re.search(r"<Code>(\w+)</Code>", said)
    status = re.search(r"status code: (\d{3})", said)
    number = int(status[1]) if status else 0
    detail = f" ({code[1] if code else f'HTTP {number}'})" if code or number else ""
    if "169.254.169.254" in said or "169.254.170." in said:
        return (
            "no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role"
        )
    if isinstance(error, FileNotFoundError):
        return f"there is no such bucket{detail}; make it, or mend publish.to"
    if number in {401, 403}:
        return (
            f"access denied{detail}; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that"
            " they may read, write, delete and list there"
        )
    if number in {301, 307, 400}:
        return f"the store refuses{detail}; check AWS_REGION and AWS_ENDPOINT_URL"
    if number:
        return f"the store fails{detail}; what is stale is published once it works"
    trouble = "no answer in time" if "Timeout" in said else "no connection"
    return f"{trouble}; check AWS_ENDPOINT_URL and the network; what is stale is published later"
