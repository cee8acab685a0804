"""An instance with an editors' desk, and a browser's manners towards it."""

import re
from html import unescape
from pathlib import Path
from typing import Self

import httpx

from tests.support.service import PATIENCE_S, Service

TOKEN = "a token that nobody guesses"  # noqa: S105 (of tests)
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>{title}</title><link>https://{name}.example/</link>{items}
</channel></rss>"""
ITEM = """
<item><guid>{name}-{number}</guid><link>{link}</link><title>{title}</title>
<pubDate>{date}</pubDate><description>{text}</description></item>"""
HOSTILE = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt; Lavrov &quot;'"
STORIES = (
    ("Lavrov lands in Milan", "Sergey Lavrov came by train."),
    ("Pianist plays Chopin", "Kirill Lavrov played for two hours; Anna Karlsson sang."),
    ("Anna Karlsson opens the fair", "Anna Karlsson spoke of herring."),
    ("Anna Karlsson closes the fair", "Anna Karlsson spoke of cod. Sergei Lovrov listened."),
    (HOSTILE, "Sergey Lavrov &lt;b&gt;spoke&lt;/b&gt;."),
    ("Fishermen count the catch", "Nobody was there."),
)
CONFIG = """\
site: {{title: Desk, url: "{url}"}}
feeds:
  - file:wire.xml
  - file:paper.xml
  - http://user:hidden@127.0.0.1:1/feed
people:
  - name: Sergey Lavrov
  - name: Federica Mogherini
  - {{name: Kirill Example, surname: never}}
"""


def write_instance(folder: Path, url: str = "http://localhost:8000/") -> Path:
    """An instance of two feeds that share a story, and one that cannot be reached."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415
    from email.utils import format_datetime  # noqa: PLC0415

    now = datetime.now(UTC)
    items = {"wire": "", "paper": ""}
    for number, (title, text) in enumerate(STORIES):
        for name in ("wire", "paper") if number == 0 else ("wire",):
            items[name] += ITEM.format(
                name=name,
                number=number,
                title=title,
                text=text,
                link=f"https://wire.example/{number}",
                date=format_datetime(now - timedelta(hours=number + 1)),
            )
    for name, written in items.items():
        feed = FEED.format(title=f"The {name.title()}", name=name, items=written)
        (folder / f"{name}.xml").write_text(feed)
    (folder / "feeds.yaml").write_text(CONFIG.format(url=url))
    return folder


class Editor:
    """A browser that keeps cookies and fills in forms."""

    def __init__(self, service: Service, *, enters: bool = True) -> None:
        self.client = httpx.Client(base_url=service.url, trust_env=False, timeout=PATIENCE_S)
        self.secret = ""
        if enters:
            assert self.enter().headers["location"] == "feeds"
            self.secret = _secret(self.page("try"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def enter(self, token: str = TOKEN, **headers: str) -> httpx.Response:
        """Fill in the login form."""
        form = self.client.get("editor/login").text
        return self.client.post(
            "editor/login", data={"csrf": _secret(form), "token": token}, headers=headers
        )

    def page(self, path: str) -> str:
        """A page of the desk."""
        answer = self.client.get(f"editor/{path}")
        assert answer.status_code == 200, answer.headers
        return answer.text

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form with the secret that pages of this session have."""
        return self.client.post(f"editor/{path}", data={"csrf": self.secret, **fields})

    def item(self, title: str) -> str:
        """The UUID of an item by its title."""
        found = re.search(rf'items/([0-9a-f-]{{36}})">{re.escape(title)}<', self.page("items"))
        assert found, title
        return found[1]


def _secret(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return unescape(found[1])
