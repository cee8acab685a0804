"""Real readers visit a running service, through a proxy that notes what they ask and are told.

    python scripts/readers.py [--python VENV/bin/python] [--node FOLDER]

Runs whichever of these are found: newsboat, sfeed and Go with gofeed's source (Debian packages
newsboat, sfeed, golang-go, golang-github-mmcdole-gofeed-dev); reader, rss2email, feedparser and
fastfeedparser in the interpreter of `--python`; rss-parser, feedme and @extractus/feed-extractor in
the node_modules of `--node`. Each comes as often as it needs to show that it remembers, and what it
understood is compared with what is published. The exit code is 1 when a reader got anything wrong.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[1]
PAGE = "tags/sergei-lavrov/"
ATOM = "{http://www.w3.org/2005/Atom}"
Items = set[tuple[str, int]]  # title, and when it was published in seconds since 1970

LIBRARIES = {
    "feedparser": """
import feedparser, sys, json, os, calendar
kept = json.load(open("kept")) if os.path.exists("kept") else {}
got = feedparser.parse(sys.argv[1], etag=kept.get("etag"), modified=kept.get("modified"))
if got.status == 200:
    json.dump({"etag": got.get("etag"), "modified": got.get("modified")}, open("kept", "w"))
print(json.dumps([[e.title, calendar.timegm(e.published_parsed)] for e in got.entries]))
""",
    "fastfeedparser": """
import fastfeedparser, requests, sys, json, os  # it reads; asking again is the caller's business
kept = {"If-None-Match": open("kept").read()} if os.path.exists("kept") else {}
got = requests.get(sys.argv[1], headers=kept)
open("kept", "w").write(got.headers["ETag"])
entries = fastfeedparser.parse(got.content).entries if got.content else []
print(json.dumps([[e.title, e.published] for e in entries]))
""",
    "reader": """
import sys, json
from reader import make_reader
feeds = make_reader("reader.sqlite")
feeds.add_feed(sys.argv[1], exist_ok=True)
feeds.update_feed(sys.argv[1])
print(json.dumps([[e.title, e.published.timestamp()] for e in feeds.get_entries()]))
""",
}
REMEMBERING = """
const fs = require("fs");
async function get(url) {  // as Node programs do: the platform's fetch, and validators kept by hand
  const kept = fs.existsSync("kept") ? JSON.parse(fs.readFileSync("kept")) : {};
  const got = await fetch(url, {headers: kept});
  if (got.status == 304) return null;
  fs.writeFileSync("kept", JSON.stringify({"If-None-Match": got.headers.get("etag")}));
  return await got.text();
}
const say = items => console.log(JSON.stringify(items));
"""
SCRIPTS = {
    "rss-parser": """
const Parser = require("rss-parser");
get(process.argv[2]).then(text => text && new Parser().parseString(text)).then(feed =>
  say(feed ? feed.items.map(i => [i.title, i.isoDate]) : []));
""",
    "feedme": """
const FeedMe = require("feedme");
get(process.argv[2]).then(text => {
  const parser = new FeedMe(true);
  parser.write(text || "<feed></feed>");
  const items = text ? parser.done().items : [];
  say(items.map(i => [i.title.text || i.title, i.published || i.pubdate || i.date_published]));
});
""",
    "feed-extractor": """
const {extractFromXml, extractFromJson} = require("@extractus/feed-extractor");
get(process.argv[2]).then(text => {
  const read = text && text[0] == "{" ? t => extractFromJson(JSON.parse(t)) : extractFromXml;
  say(text ? read(text).entries.map(i => [i.title, i.published]) : []);
});
""",
}
GOFEED = """
package main
import ("encoding/json"; "io/ioutil"; "net/http"; "os"; "github.com/mmcdole/gofeed")
func main() {
  request, _ := http.NewRequest("GET", os.Args[1], nil)
  if kept, err := ioutil.ReadFile("kept"); err == nil {
    request.Header.Set("If-None-Match", string(kept))
  }
  answer, err := http.DefaultClient.Do(request)
  if err != nil { panic(err) }
  items := [][]interface{}{}
  if answer.StatusCode == 200 {
    feed, err := gofeed.NewParser().Parse(answer.Body)
    if err != nil { panic(err) }
    for _, item := range feed.Items {
      items = append(items, []interface{}{item.Title, item.PublishedParsed.Unix()})
    }
    ioutil.WriteFile("kept", []byte(answer.Header.Get("Etag")), 0644)
  }
  json.NewEncoder(os.Stdout).Encode(items)
}
"""


@dataclass(frozen=True)
class Reader:
    """A program that follows feeds."""

    name: str
    visit: Callable[[Path, str], Items]  # in its own folder; what it knows afterwards
    visits: int = (
        2  # newsboat loses the validators of the first: there is no row to put them in yet
    )
    keeps: bool = True  # what it read before; else it knows what was new at this visit


def run(*command: str, folder: Path, **environ: str) -> str:
    """Run a program in a folder that is its home."""
    env = {**os.environ, "HOME": str(folder), **environ}
    done = subprocess.run(  # noqa: S603 (programs this script names)
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        print(f"{command[0]}: {done.stderr.strip()[-500:]}", file=sys.stderr)
    return done.stdout


def listed(said: str) -> Items:
    """Items as our little programs print them."""
    return {(title, _seconds(when)) for title, when in json.loads(said or "[]")}


def _seconds(when: str | float) -> int:
    if isinstance(when, int | float):
        return int(when)
    try:
        return int(datetime.fromisoformat(when).timestamp())
    except ValueError:
        return int(parsedate_to_datetime(when).timestamp())


def newsboat(folder: Path, url: str) -> Items:
    """`newsboat -x reload`."""
    (folder / "urls").write_text(url + "\n")
    (folder / "config").touch()
    run("newsboat", "-u", "urls", "-c", "cache", "-C", "config", "-x", "reload", folder=folder)
    with closing(sqlite3.connect(folder / "cache")) as cache:
        return set(cache.execute("SELECT title, pubDate FROM rss_item"))


def sfeed(folder: Path, url: str) -> Items:
    """`sfeed_update`, with the fetch that sfeedrc(5) shows for conditional requests."""
    (folder / "sfeedrc").write_text(
        f'sfeedpath="{folder}/feeds"\nfeeds() {{ feed lavrov "{url}"; }}\n'
        f'fetch() {{ curl -L -f -s -m 15 --compressed --etag-save "{folder}/tag.new" '
        f'--etag-compare "{folder}/tag" "$2" && mv "{folder}/tag.new" "{folder}/tag"; }}\n'
    )
    run("sfeed_update", "sfeedrc", folder=folder)
    rows = (folder / "feeds/lavrov").read_text().splitlines()
    return {(row.split("\t")[1], int(row.split("\t")[0])) for row in rows}


def rss2email(python: str) -> Callable[[Path, str], Items]:
    """`r2e run`, sending to a program of ours."""

    def visit(folder: Path, url: str) -> Items:
        here = ("-m", "rss2email.main", "-c", "config", "-d", "data")
        if not (folder / "config").exists():
            run(python, *here, "new", "desk@example.org", folder=folder)
            config = (folder / "config").read_text()
            for option, value in (
                ("email-protocol", "maildir"),
                ("maildir-path", f"{folder}/mail"),
                ("date-header", "True"),
            ):
                config = re.sub(rf"(?m)^{option} = .*$", f"{option} = {value}", config)
            (folder / "config").write_text(config)
            for name in ("new", "cur", "tmp"):
                (folder / f"mail/INBOX/{name}").mkdir(parents=True)
            run(python, *here, "add", "lavrov", url, folder=folder)
        run(python, *here, "run", folder=folder)
        return _mails(folder / "mail")

    return visit


def _mails(box: Path) -> Items:
    import mailbox  # noqa: PLC0415
    from email.header import decode_header, make_header  # noqa: PLC0415

    found = set()
    for path in box.glob("*/new/*"):
        mail = mailbox.MaildirMessage(path.read_bytes())
        title = str(make_header(decode_header(mail["Subject"]))).replace("\n", "")
        found.add((title, _seconds(mail["Date"])))
    return found


def library(python: str, program: str) -> Callable[[Path, str], Items]:
    """A Python library."""
    return lambda folder, url: listed(run(python, "-c", program, url, folder=folder))


def script(modules: Path, program: str) -> Callable[[Path, str], Items]:
    """A Node package."""
    text = REMEMBERING + program
    return lambda folder, url: listed(
        run("node", "-e", text, "--", "", url, folder=folder, NODE_PATH=str(modules))
    )


def gofeed(folder: Path, url: str) -> Items:
    """The Go package, from Debian's sources."""
    (folder / "main.go").write_text(GOFEED)
    go = {"GOPATH": "/usr/share/gocode", "GO111MODULE": "off", "GOCACHE": f"{folder}/cache"}
    if not (folder / "gofeed").exists():
        run("go", "build", "-o", "gofeed", "main.go", folder=folder, **go)
    return listed(run("./gofeed", url, folder=folder))


def found(python: str | None, modules: Path | None) -> Iterator[Reader]:
    """The readers that are installed."""
    if shutil.which("newsboat"):
        yield Reader("newsboat", newsboat, visits=3)
    if shutil.which("sfeed_update"):
        yield Reader("sfeed", sfeed)
    if python:
        yield Reader("rss2email", rss2email(python))
        for name, program in LIBRARIES.items():
            yield Reader(name, library(python, program), keeps=name == "reader")
    if modules:
        for name, program in SCRIPTS.items():
            yield Reader(name, script(modules, program), keeps=False)
    if shutil.which("go") and Path("/usr/share/gocode/src/github.com/mmcdole/gofeed").exists():
        yield Reader("gofeed", gofeed, keeps=False)


class Proxy(ThreadingHTTPServer):
    """Hands requests on, and notes them."""

    daemon_threads = True

    def __init__(self, upstream: int) -> None:
        self.upstream, self.notes = upstream, list[tuple[dict[str, str], int, dict[str, str]]]()
        super().__init__(("127.0.0.1", 0), _Hand)


class _Hand(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.upstream)) as beyond:
            beyond.request("GET", self.path, headers=dict(self.headers))
            answer = beyond.getresponse()
            body = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        self.server.notes.append((asked, answer.status, told))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def service(folder: Path) -> Iterator[int]:
    """A running instance of the sample feeds; its port."""
    shutil.copytree(ROOT / "samples", folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    command = [sys.executable, "-m", "aggregator", "serve", "--port", str(port)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)  # noqa: S603
        try:
            for _ in range(300):
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/{PAGE}"):
                    break
                time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            process.wait()


def published(port: int) -> tuple[Items, Items]:
    """What is to be read, and the same with the dates of revisions, which some take for the date."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{PAGE}atom.xml") as answer:
        entries = etree.parse(answer).findall(f"{ATOM}entry")
    first, last = (
        {(e.findtext(f"{ATOM}title"), _seconds(e.findtext(ATOM + date))) for e in entries}
        for date in ("published", "updated")
    )
    return first, last


def main() -> None:
    """Send every reader, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--python", help="an interpreter with reader, rss2email, ...")
    parser.add_argument("--node", type=Path, help="a folder with node_modules")
    given = parser.parse_args()
    modules = given.node / "node_modules" if given.node else None
    wrong = False
    with (
        tempfile.TemporaryDirectory(prefix="readers-") as name,
        service(Path(name, "site")) as port,
    ):
        proxy = Proxy(port)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        right, revised = published(port)
        print(f"{len(right)} items, {datetime.now(UTC):%Y-%m-%d}")
        print(f"{'':16}{'feed':10}{'right':>8}{'statuses':>16}{'gzip':>6}")
        for reader in found(given.python, modules):
            for file in ("atom.xml", "rss.xml", "feed.json"):
                if file == "feed.json" and reader.name not in {
                    "reader",
                    "feedme",
                    "feed-extractor",
                    "gofeed",
                }:
                    continue
                folder = Path(name, reader.name, file)
                folder.mkdir(parents=True)
                url = f"http://127.0.0.1:{proxy.server_address[1]}/{PAGE}{file}"
                proxy.notes.clear()
                visits = [reader.visit(folder, url) for _ in range(reader.visits)]
                understood = visits[-1] if reader.keeps else visits[0]
                statuses = " ".join(str(status) for _, status, _ in proxy.notes)
                packed = any("content-encoding" in told for _, _, told in proxy.notes)
                fits = f"{len(understood & (right | revised))}/{len(right)}"
                wrong |= not understood <= right | revised or len(understood) != len(right)
                print(
                    f"{reader.name:16}{file:10}{fits:>8}{statuses:>16}{'yes' if packed else 'no':>6}"
                )
                for title, when in sorted(understood - right - revised):
                    print(f"    read {title!r} {when}")
        proxy.shutdown()
    sys.exit(wrong)


if __name__ == "__main__":
    main()
