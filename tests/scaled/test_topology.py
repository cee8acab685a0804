"""The deployment of compose.yaml as plain processes: a scheduler, two workers, two fronts, nginx."""

import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import yaml

from tests.scaled.harness import Deployment, deployed, eventually, kill
from tests.scaled.nginx import Nginx, nginx
from tests.support.feedserver import Answer, FeedServer
from tests.support.ports import reserved_port
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

ROOT = Path(__file__).parents[2]
CONFIG = """\
site: {{title: Town, url: "http://localhost:8080/"}}
poll: {{allow_hosts: ["{address}"]}}
feeds: ["{feed}"]
people:
  - name: Anna Lindqvist
  - {{name: Bo Ekström, slug: bo}}
  - name: Cecilia Nyberg
"""
FEED = "/tags/anna-lindqvist/atom.xml"
TOKEN = "a token of 24 characters"  # noqa: S105


class Town:
    """All of it, running."""

    def __init__(self, deployment: Deployment, server: FeedServer, ports: list[int]) -> None:
        self.deployment = deployment
        self.server = server
        self.ports = ports
        self.posts: list[Post] = []
        self.news()
        feeds = CONFIG.format(address=server.address, feed=server.url("/feed.xml"))
        (deployment.folder / "feeds.yaml").write_text(feeds)
        self.scheduler = deployment.start("serve", "--port", "0")
        self.workers = [deployment.start("worker", "--concurrency", "2") for _ in range(2)]
        self.fronts = [self.front(port) for port in ports]

    def front(self, port: int) -> subprocess.Popen[bytes]:
        return self.deployment.start("serve", "--web-only", "--port", str(port))

    def news(self) -> None:
        """The feed lists one more entry."""
        number = len(self.posts)
        people = ("Anna Lindqvist and Bo Ekström", "Anna Lindqvist", "Cecilia Nyberg")
        self.posts.append(
            Post(
                f"{people[number % 3]} at the harbour on day {number}",
                f"<p>{people[number % 3]} counted {number * 17} ships. {'It rained. ' * 30}</p>",
                f"http://courier.example/{number}",
            )
        )
        self.server.answers["/feed.xml"] = Answer(body=wordpress(self.posts[::-1]))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Pytest's own folders are closed to others: nginx, started by root, reads as somebody else.
    with TemporaryDirectory(prefix="town") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def town(folder: Path, postgres: PostgresServer) -> Iterator[tuple[Town, Nginx]]:
    with (
        reserved_port() as port,
        reserved_port() as one,
        reserved_port() as other,
        FeedServer() as server,
        nginx(folder / "nginx", port, [one, other], folder / "public") as front,
        deployed(folder, postgres.database()) as deployment,
    ):
        deployment.environ["AGGREGATOR_EDITOR_TOKEN"] = TOKEN
        town = Town(deployment, server, [one, other])
        for _ in range(2):
            town.news()
        eventually(lambda: all(answers(port) for port in town.ports))
        eventually(lambda: front.get(FEED).status_code == 200)
        eventually(lambda: deployment.ask("SELECT count(*) FROM stale") == [(0,)])
        yield town, front


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_nginx_serves_what_is_published_itself(town: tuple[Town, Nginx]) -> None:
    here, front = town
    body = (here.deployment.folder / f"public{FEED}").read_bytes()

    identity = {"Accept-Encoding": "identity"}
    plain = front.get(FEED, **identity)
    packed = front.get(FEED, **{"Accept-Encoding": "gzip"})
    again = front.get(FEED, **identity, **{"If-None-Match": plain.headers["ETag"]})
    since = front.get(FEED, **{"If-Modified-Since": plain.headers["Last-Modified"]})

    assert plain.content == packed.content == body
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Content-Type"] == "application/atom+xml"
    assert plain.headers["Cache-Control"] == "public, max-age=450"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Via" not in plain.headers
    assert (again.status_code, since.status_code) == (304, 304)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/tags/anna-lindqvist/", "text/html"),
        ("/tags/anna-lindqvist/rss.xml", "application/rss+xml"),
        ("/tags/anna-lindqvist/feed.json", "application/feed+json"),
        ("/tags.opml", "text/x-opml"),
    ],
)
def test_files_have_their_types(town: tuple[Town, Nginx], path: str, kind: str) -> None:
    answer = town[1].get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Via" not in answer.headers


def test_the_fronts_answer_what_cannot_be_a_file(town: tuple[Town, Nginx]) -> None:
    here, front = town
    (number,) = here.deployment.ask("SELECT uid FROM items ORDER BY id LIMIT 1")[0]
    expected = {
        "/search?q=harbour": 200,
        "/search/atom.xml?q=harbour": 200,
        "/tags/anna-lindqvist+bo/atom.xml": 200,
        f"/items/{number.removeprefix('urn:uuid:')}": 200,
        "/sources": 200,
        "/editor": 303,  # to the door
        "/health": 200,
        "/tags/nobody/atom.xml": 404,
    }

    found = {path: front.get(path) for path in expected}
    delivered = httpx.post(f"{front.url}/websub/nobodys", content=b"<feed/>", trust_env=False)

    assert {path: answer.status_code for path, answer in found.items()} == expected
    assert all("Via" in answer.headers for answer in found.values())
    assert all(
        len(answer.headers.get_list("Content-Security-Policy")) <= 1 for answer in found.values()
    )
    assert delivered.status_code in {404, 410}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/metrics", 403),
        (f"{FEED}.gz", 404),
        ("/gone.map", 404),
        ("/.publishing/", 404),
        ("/%2e%2e/feeds.yaml", 400),
    ],
)
def test_what_is_nobodys_business_is_not_served(
    town: tuple[Town, Nginx], path: str, status: int
) -> None:
    assert town[1].get(path).status_code == status


def test_readers_notice_neither_a_dead_front_nor_a_dead_worker(town: tuple[Town, Nginx]) -> None:
    here, front = town
    statuses: Counter[int] = Counter()
    cut_off: list[str] = []
    enough = threading.Event()

    def read() -> None:
        while not enough.is_set():
            for path in (FEED, "/search?q=harbour", "/tags/anna-lindqvist+bo/atom.xml"):
                try:
                    statuses[front.get(path).status_code] += 1
                except httpx.RemoteProtocolError:
                    cut_off.append(path)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        kill([here.fronts[0], here.workers[0]])
        here.news()
        here.deployment.tell("UPDATE feeds SET next_poll = NULL, fresh_until = NULL")
        eventually(lambda: "on day 3" in front.get(FEED).text)
        here.fronts[0] = here.front(here.ports[0])
        eventually(lambda: answers(here.ports[0]))
        kill([here.fronts[1]])
        eventually(lambda: statuses.total() > 100)
        here.fronts[1] = here.front(here.ports[1])
        eventually(lambda: answers(here.ports[1]))
    finally:
        enough.set()
        reader.join()

    assert set(statuses) == {200}
    # Of what nginx had begun to hand on when its front died, the reader knows that it is not whole.
    assert len(cut_off) <= 2
    assert FEED not in cut_off


def test_what_left_answers_410_or_308_with_fronts_and_without(town: tuple[Town, Nginx]) -> None:
    here, front = town
    file = here.deployment.folder / "feeds.yaml"
    text = file.read_text().replace("slug: bo}", "slug: ekstrom}")
    file.write_text(text.replace("  - name: Cecilia Nyberg\n", ""))
    gone, moved = "/tags/cecilia-nyberg/atom.xml", "/tags/bo/atom.xml"

    def told() -> bool:
        # Nginx asks the fronts in turn.
        asked = [(front.get(gone).status_code, front.get(moved).status_code) for _ in range(4)]
        return set(asked) == {(410, 308)}

    eventually(told)
    # The channels and the maps are jobs of their own, for whichever worker comes first.
    public = here.deployment.folder / "public"
    eventually((public / "tags/ekstrom/atom.xml").exists)
    eventually(lambda: "/tags/cecilia-nyberg" in (public / "gone.map").read_text())
    eventually(lambda: "/tags/ekstrom" in (public / "moved.map").read_text())
    assert front.get(moved).headers["Location"].endswith("/tags/ekstrom/atom.xml")

    kill(here.fronts)
    front.reload()

    eventually(told)
    assert front.get(FEED).status_code == 200
    assert front.get(moved).headers["Location"].endswith("/tags/ekstrom/atom.xml")
    assert front.get("/search?q=harbour").status_code == 503


# --- the file itself -------------------------------------------------------------------------------


def services() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read["services"]


def test_without_the_profile_there_is_one_service() -> None:
    assert [name for name, one in services().items() if "profiles" not in one] == ["aggregator"]
    assert len(services()) == 8


def test_every_image_is_pinned_or_built_here() -> None:
    for name, one in services().items():
        tag = one.get("image", "").partition(":")[2]
        assert "build" in one or re.fullmatch(r"\d+\.\d+(\.\d+)?-[a-z]+", tag), name


def test_every_service_says_whether_it_is_well() -> None:
    image = "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # asks port 8000
    for name, one in services().items():
        serves = "build" in one and one.get("command", ["serve"])[0] == "serve"
        assert "healthcheck" in one or (serves and image), name


def test_all_that_publish_or_serve_share_one_volume() -> None:
    for name, one in services().items():
        mounts = [mount.split(":")[:2] for mount in one["volumes"]]
        assert (["instance", "/data"] in mounts) == (name != "postgres"), name


def test_who_is_waited_for_exists_and_can_be_well() -> None:
    for one in services().values():
        assert set(one.get("depends_on", {})) <= set(services())
    configured = (ROOT / "deploy/nginx.conf").read_text()
    fronts = re.findall(r"server (\S+):8000", configured)
    assert fronts == [name for name in services() if name.startswith("front")]
