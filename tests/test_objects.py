"""Publishing to a bucket through the command line, beside the same instance with a folder."""

import gzip
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from aggregator import pipeline
from aggregator.instance import Instance, network
from aggregator.jobs import chosen
from tests.support.cli import aggregator, called, tree
from tests.support.objects import KEYS, ObjectServer
from tests.support.ports import reserved_port
from tests.support.service import PATIENCE_S, Service
from tests.support.wordpress import Post, wordpress

FEEDS = """\
publish: {{to: "{to}", entries: 3}}
feeds: ["file:feed.xml"]
people: [{{name: Anna Lindqvist}}]
"""


def posts(count: int) -> bytes:
    return wordpress(
        [
            Post(
                f"Anna Lindqvist in Oslo, day {number}",
                "<p>Anna Lindqvist spoke of herring and of the tides.</p>" * 5,
                f"http://harbour.example/{number}",
                published=datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(days=number),
            )
            for number in range(count)
        ]
    )


def instance(folder: Path, to: str, count: int = 8) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "feed.xml").write_bytes(posts(count))
    (folder / "feeds.yaml").write_text(FEEDS.format(to=to))
    return folder


def stored(objects: ObjectServer, bucket: str) -> dict[str, bytes]:
    """What is in the bucket, without coding."""
    found = {key: objects.get(bucket, key) for key in objects.keys(bucket)}
    return {
        key: gzip.decompress(one["Body"]) if one.get("ContentEncoding") else one["Body"]
        for key, one in found.items()
    }


def published(folder: Path) -> dict[str, bytes]:
    """What is in the folder, without its compressed forms."""
    found = tree(folder / "public")
    return {path: body for path, body in found.items() if not path.endswith((".gz", ".br"))}


def test_a_bucket_gets_what_a_folder_gets(tmp_path: Path, objects: ObjectServer) -> None:
    name = objects.bucket()
    folder = instance(tmp_path, "public/")
    assert called(folder, "poll").code == 0

    instance(tmp_path, f"s3://{name}")
    assert called(folder, "publish").code == 0

    assert stored(objects, name) == published(folder)
    assert "tags/anna-lindqvist/archive/1/atom.xml" in objects.keys(name)


def test_only_what_changes_is_put_and_what_is_no_more_is_removed(
    tmp_path: Path, objects: ObjectServer
) -> None:
    name = objects.bucket()
    folder = instance(tmp_path / "bucket", f"s3://{name}/news/desk")
    assert called(folder, "poll").code == 0
    before = objects.keys(name)
    assert all(key.startswith("news/desk/") for key in before)

    assert called(folder, "publish", "--all").out.startswith("0 ")
    text = (folder / "feeds.yaml").read_text().replace("Anna Lindqvist", "Petra Novak")
    (folder / "feeds.yaml").write_text(text)
    assert called(folder, "poll").code == 0

    after = objects.keys(name)
    assert "news/desk/tags/petra-novak/atom.xml" in after
    assert not any("anna-lindqvist" in key for key in after)


def test_an_emptied_bucket_is_filled_again(tmp_path: Path, objects: ObjectServer) -> None:
    name = objects.bucket()
    folder = instance(tmp_path / "bucket", f"s3://{name}")
    assert called(folder, "poll").code == 0
    before = stored(objects, name)
    for key in before:
        objects.client.delete_object(Bucket=name, Key=key)

    assert called(folder, "publish").code == 0

    assert stored(objects, name) == before


def test_while_there_is_no_bucket_what_is_stale_stays_noted(
    tmp_path: Path, objects: ObjectServer
) -> None:
    folder = instance(tmp_path / "bucket", "s3://not-made-yet")

    failed = called(folder, "poll")
    assert failed.code != 0
    assert "there is no such bucket" in failed.err
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in failed.err + failed.out
    objects.client.create_bucket(Bucket="not-made-yet")

    assert called(folder, "poll").code == 0
    assert "tags/anna-lindqvist/atom.xml" in objects.keys("not-made-yet")


def test_a_store_out_of_reach_ends_poll_with_one_line_and_the_next_heals(
    tmp_path: Path, objects: ObjectServer
) -> None:
    name = objects.bucket()
    folder = instance(tmp_path / "bucket", f"s3://{name}")

    with reserved_port() as port:
        away = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        failed = aggregator(folder, "poll", environ=away)

    assert failed.code == 1
    assert [line for line in failed.err.splitlines() if "no connection" in line] != []
    assert "Traceback" not in failed.err
    assert called(folder, "poll").code == 0
    assert "tags/anna-lindqvist/atom.xml" in objects.keys(name)


def test_serve_alone_answers_from_the_bucket(tmp_path: Path, objects: ObjectServer) -> None:
    name = objects.bucket()
    folder = instance(tmp_path / "bucket", f"s3://{name}/site")
    assert called(folder, "poll").code == 0
    service = Service(folder)
    try:
        feed = service.wait_for("tags/anna-lindqvist/atom.xml")
        assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert b"Anna Lindqvist in Oslo, day 7" in feed.content
        etag = feed.headers["etag"]
        again = service.get("tags/anna-lindqvist/atom.xml", **{"If-None-Match": etag})
        assert again.status_code == 304
        assert service.get("tags/anna-lindqvist").status_code == 308
        assert service.get("").status_code == 200
        assert service.get("tags/nobody/atom.xml").status_code == 404
        assert service.get("search?q=herring").status_code == 200
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in service.get("sources").text
    finally:
        code = service.stop()
    assert code == 0
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in (folder / "serve.log").read_text()


async def test_what_is_made_of_its_last_version_is_what_is_made_anew(
    tmp_path: Path, objects: ObjectServer
) -> None:
    name = objects.bucket()
    folder = instance(tmp_path, f"s3://{name}", count=4)
    with Instance(folder / "feeds.yaml", os.environ) as opened:
        tools = opened.tools
        for count in (4, 5, 9):
            (folder / "feed.xml").write_bytes(posts(count))
            async with network(tools.config) as net:
                await pipeline.cycle(tools, net, chosen(tools, everything=True))
            assert pipeline.publish_changed(tools) > 0
            assert tools.outlet.last("tags/anna-lindqvist/atom.xml") is not None

        with tools.store.writing() as session:
            pipeline.mark_everything(tools, session)
        assert pipeline.publish_changed(tools) == 0


NGINX = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2;
  fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; {documented} location @service {{ return 410; }} }}
}}
"""


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_as_documented_serves_the_bucket(tmp_path: Path, objects: ObjectServer) -> None:
    name = objects.bucket()
    folder = instance(tmp_path / "bucket", f"s3://{name}/site")
    assert called(folder, "poll").code == 0
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
    policy += f' "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::{name}/*"]}}]}}'
    objects.client.put_bucket_policy(Bucket=name, Policy=policy)
    guide = (Path(__file__).parents[1] / "docs/operations.md").read_text()
    found = re.search(r"before a bucket[^`]*```nginx\n(.*?)```", guide, re.DOTALL)
    assert found is not None
    store = objects.environ["AWS_ENDPOINT_URL"]
    documented = found[1].replace("https://minio.example.org:9000", store)
    documented = documented.replace("diplomacy-watch", name)
    with reserved_port() as port:
        serves_the_bucket(tmp_path, port, documented)


def serves_the_bucket(tmp_path: Path, port: int, documented: str) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, port=port, documented=documented))
    nginx = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S
        ) as client:
            plain = asked(client, "/tags/anna-lindqvist/atom.xml", "identity")
            coded = asked(client, "/tags/anna-lindqvist/atom.xml", "gzip")

            assert plain.content == coded.content
            assert coded.headers["content-encoding"] == "gzip"
            assert "content-encoding" not in plain.headers
            assert plain.headers["content-type"] == "application/atom+xml; charset=utf-8"
            assert plain.headers["cache-control"] == "public, max-age=450"
            again = client.get("/all/rss.xml", headers={"If-None-Match": ""})
            etag = again.headers["etag"]
            assert client.get("/all/rss.xml", headers={"If-None-Match": etag}).status_code == 304
            assert asked(client, "/").headers["content-type"] == "text/html; charset=utf-8"
            assert asked(client, "/tags/anna-lindqvist/").status_code == 200
            assert asked(client, "/tags/nobody/atom.xml").status_code == 410
    finally:
        nginx.terminate()
        nginx.wait(PATIENCE_S)


def asked(client: httpx.Client, path: str, coding: str = "gzip") -> httpx.Response:
    """The answer, of a server that may be starting still."""
    for _ in range(20 * PATIENCE_S):
        try:
            return client.get(path, headers={"Accept-Encoding": coding})
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError(path)
