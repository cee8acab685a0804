"""Published files in a bucket, served from memory."""

import logging
from datetime import timedelta
from typing import Literal

import pytest

from aggregator.publish.bucket import Bucket, Kept
from aggregator.values.output import Output
from aggregator.web.files import PublishedFiles
from aggregator.web.remote import FRESH_S, BucketOrigin
from tests.support.objects import ObjectServer
from tests.web.asking import FEED, PAGE, ask

ATOM = "tags/anna/atom.xml"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counting(Bucket):
    asked: list[str]

    def fetch(self, path: str, known: str | None = None) -> Kept | Literal["same"] | None:
        self.asked.append(path)
        return super().fetch(path, known)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bucket(objects: ObjectServer) -> Counting:
    bucket = Counting(f"s3://{objects.bucket()}/site", timedelta(minutes=15), compress=True)
    bucket.asked = []
    for path, body in ((ATOM, FEED), ("tags/anna/index.html", PAGE), ("404.html", PAGE)):
        bucket.write(Output(path, body))
    return bucket


@pytest.fixture
def files(bucket: Bucket, clock: Clock) -> PublishedFiles:
    origin = BucketOrigin(bucket, clock)
    return PublishedFiles(origin, max_age=lambda _path: timedelta(minutes=5), elsewhere={"items"})


async def test_what_is_stored_as_gzip_is_served_in_what_the_client_takes(
    files: PublishedFiles,
) -> None:
    plain = await ask(files, f"/{ATOM}")
    coded = await ask(files, f"/{ATOM}", {"Accept-Encoding": "gzip"})

    assert (plain.status, plain.body) == (200, FEED)
    assert coded.headers["content-encoding"] == "gzip"
    assert len(coded.body) < len(FEED)
    again = await ask(files, f"/{ATOM}", {"If-None-Match": plain.headers["etag"]})
    assert again.status == 304


async def test_the_bucket_is_asked_once_in_a_while_only(
    files: PublishedFiles, bucket: Counting, clock: Clock
) -> None:
    for _ in range(5):
        await ask(files, f"/{ATOM}")
        await ask(files, "/tags/nobody/atom.xml")

    assert sorted(set(bucket.asked)) == sorted(bucket.asked)
    clock.now += FRESH_S
    await ask(files, f"/{ATOM}")
    assert bucket.asked.count(ATOM) == 2


async def test_a_new_edition_is_served_within_seconds(
    files: PublishedFiles, bucket: Bucket, clock: Clock
) -> None:
    await ask(files, f"/{ATOM}")
    bucket.write(Output(ATOM, FEED * 2))
    bucket.remove(["tags/anna/index.html"])
    clock.now += FRESH_S

    assert (await ask(files, f"/{ATOM}")).body == FEED * 2
    assert (await ask(files, "/tags/anna/")).status == 404


async def test_a_folder_s_address_without_its_slash_is_mended(files: PublishedFiles) -> None:
    answer = await ask(files, "/tags/anna")

    assert (answer.status, answer.headers["location"]) == (308, "./anna/")


@pytest.mark.parametrize("path", ["/items/a1b2", "/items/atom.xml", "/tags/a+b/atom.xml", "/..%2f"])
async def test_for_what_is_never_a_file_the_bucket_is_not_asked(
    files: PublishedFiles, bucket: Counting, path: str
) -> None:
    assert (await ask(files, path)).status == 404
    assert set(bucket.asked) <= {"404.html"}


async def test_while_the_store_is_out_of_reach_what_is_in_memory_is_served(
    files: PublishedFiles,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await ask(files, f"/{ATOM}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    clock.now += FRESH_S

    with caplog.at_level(logging.WARNING):
        answer = await ask(files, f"/{ATOM}")
        other = await ask(files, "/tags/anna/index.html")
        nowhere = await ask(files, "/somewhere")

    assert (answer.status, answer.body) == (200, FEED)
    assert (other.status, other.headers["retry-after"]) == (503, "30")
    assert nowhere.status == 404
    assert "AWS_ENDPOINT_URL" in caplog.text
