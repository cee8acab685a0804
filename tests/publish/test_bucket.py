import gzip
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import Unusable
from aggregator.publish.bucket import Bucket, Kept
from aggregator.values.output import Output
from tests.support.feedserver import Answer, FeedServer
from tests.support.objects import KEYS, ObjectServer
from tests.support.ports import reserved_port

ATOM = "tags/sergei-lavrov/atom.xml"
LONG = b"<entry>News of the day</entry>" * 100
SOON = timedelta(minutes=15)


def opened(address: str, *, compress: bool = True) -> Bucket:
    return Bucket(address, SOON, compress=compress)


@pytest.fixture
def name(objects: ObjectServer) -> str:
    return objects.bucket()


@pytest.fixture
def bucket(name: str) -> Bucket:
    return opened(f"s3://{name}/site/")


@pytest.mark.parametrize(
    ("path", "media_type", "coding", "lasting"),
    [
        (ATOM, "application/atom+xml; charset=utf-8", "gzip", "public, max-age=450"),
        ("all/rss.xml", "application/rss+xml; charset=utf-8", "gzip", "public, max-age=450"),
        ("all/feed.json", "application/feed+json", "gzip", "public, max-age=450"),
        ("index.html", "text/html; charset=utf-8", "gzip", "public, max-age=450"),
        ("feeds.opml", "text/x-opml; charset=utf-8", "gzip", "public, max-age=450"),
        ("static/site.css", "text/css; charset=utf-8", "gzip", "public, max-age=86400"),
        ("static/icon.png", "image/png", None, "public, max-age=86400"),
    ],
)
def test_with_an_object_goes_all_that_a_front_has_to_know(
    objects: ObjectServer, name: str, path: str, media_type: str, coding: str, lasting: str
) -> None:
    assert opened(f"s3://{name}/site").write(Output(path, LONG))

    stored = objects.get(name, f"site/{path}")
    assert stored["ContentType"] == media_type
    assert stored["CacheControl"] == lasting
    assert stored.get("ContentEncoding") == coding
    assert (gzip.decompress(stored["Body"]) if coding else stored["Body"]) == LONG


def test_what_is_short_is_stored_as_it_is(objects: ObjectServer, name: str) -> None:
    opened(f"s3://{name}").write(Output(ATOM, b"<feed/>"))

    stored = objects.get(name, ATOM)
    assert (stored["Body"], stored.get("ContentEncoding")) == (b"<feed/>", None)


def test_nothing_is_compressed_where_editors_say_so(objects: ObjectServer, name: str) -> None:
    opened(f"s3://{name}", compress=False).write(Output(ATOM, LONG))

    stored = objects.get(name, ATOM)
    assert (stored["Body"], stored.get("ContentEncoding")) == (LONG, None)


def test_the_same_bytes_leave_the_object_alone(
    objects: ObjectServer, name: str, bucket: Bucket
) -> None:
    bucket.write(Output(ATOM, LONG))
    before = datetime(2020, 1, 1, tzinfo=UTC)
    meta = objects.client.head_object(Bucket=name, Key=f"site/{ATOM}")["Metadata"]
    objects.client.put_object(Bucket=name, Key=f"site/{ATOM}", Body=b"kept", Metadata=meta)

    assert not bucket.write(Output(ATOM, LONG))
    assert objects.get(name, f"site/{ATOM}")["Body"] == b"kept"
    assert objects.get(name, f"site/{ATOM}")["LastModified"] > before


def test_other_bytes_and_other_headers_replace_the_object(name: str, bucket: Bucket) -> None:
    bucket.write(Output(ATOM, LONG))
    mark = bucket.mark(ATOM)

    assert bucket.write(Output(ATOM, LONG * 2))
    assert bucket.mark(ATOM) != mark
    assert bucket.read(ATOM) == LONG * 2
    assert opened(f"s3://{name}/site", compress=False).write(Output(ATOM, LONG * 2))
    assert bucket.read(ATOM) == LONG * 2


def test_what_somebody_removed_is_put_back(
    objects: ObjectServer, name: str, bucket: Bucket
) -> None:
    bucket.write(Output(ATOM, LONG))
    objects.client.delete_object(Bucket=name, Key=f"site/{ATOM}")

    assert bucket.mark(ATOM) is None
    assert bucket.read(ATOM) is None
    assert bucket.write(Output(ATOM, LONG))


def test_a_file_that_is_the_same_is_not_read_again(bucket: Bucket) -> None:
    bucket.write(Output(ATOM, LONG))
    kept = bucket.fetch(ATOM)
    assert isinstance(kept, Kept)
    assert (kept.body, kept.mark) == (LONG, bucket.mark(ATOM))

    assert bucket.fetch(ATOM, kept.mark) == "same"
    bucket.write(Output(ATOM, LONG * 2))
    assert isinstance(bucket.fetch(ATOM, kept.mark), Kept)


def test_what_is_removed_is_gone_whether_it_was_there_or_not(
    objects: ObjectServer, name: str, bucket: Bucket
) -> None:
    for path in (ATOM, "index.html"):
        bucket.write(Output(path, b"x"))

    bucket.remove([ATOM, "tags/nobody/atom.xml"])
    bucket.remove([])
    bucket.sweep()

    assert objects.keys(name) == {"site/index.html"}


def test_what_was_published_last_is_told_without_asking(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.publish.bucket.CAPACITY_BYTES", 4000)
    bucket.write(Output("index.html", b"long ago" * 200))
    bucket.write(Output(ATOM, b"old"))
    bucket.write(Output(ATOM, LONG))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")

    assert bucket.last(ATOM) == LONG
    assert bucket.last("index.html") is None
    assert bucket.last("tags/nobody/atom.xml") is None


def test_a_bucket_that_is_not_there_is_one_clear_line(objects: ObjectServer) -> None:
    bucket = opened("s3://no-such-bucket/site")

    with pytest.raises(
        Unusable, match=r"there is no such bucket \(NoSuchBucket\); make it, or mend"
    ):
        bucket.write(Output(ATOM, b"x"))
    with pytest.raises(Unusable, match="no such bucket"):
        bucket.read(ATOM)


def test_keys_that_open_nothing_are_one_clear_line_and_not_shown(
    feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = b"<Error><Code>SignatureDoesNotMatch</Code><Message>hunter2</Message></Error>"
    feed_server.answers["/news/index.html"] = Answer(403, body=refusal)
    for key, value in {**KEYS, "AWS_ENDPOINT_URL": feed_server.url("")}.items():
        monkeypatch.setenv(key, value)

    with pytest.raises(Unusable, match="access denied") as caught:
        opened("s3://news").read("index.html")

    assert "SignatureDoesNotMatch" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in (*KEYS.values(), "hunter2"))
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_store_that_cannot_be_reached_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with reserved_port() as port:
        for key, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
            monkeypatch.setenv(key, value)

        with pytest.raises(Unusable, match=f"s3://news at 127.0.0.1:{port}: no connection; check"):
            opened("s3://news").write(Output(ATOM, b"x"))


@pytest.mark.parametrize(
    "endpoint", ["nonsense", "https://", "http://user:hunter2@host", "http://host:port"]
)
def test_an_address_of_no_store_is_one_clear_line_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)

    with pytest.raises(Unusable, match="AWS_ENDPOINT_URL: is no address") as caught:
        opened("s3://news").write(Output(ATOM, b"x"))

    assert "hunter2" not in str(caught.value)
