"""The editors' desk as an editor walks through it, and as a stranger's page tries to use it."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import barriers, fits
from tests.support.service import Service
from tests.web.desks import TOKEN, Editor, write_instance

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = write_instance(tmp_path_factory.mktemp("instance"))
    running = Service(folder, environ={"AGGREGATOR_EDITOR_TOKEN": TOKEN})
    running.wait_for("tags/sergey-lavrov/feed.json")
    yield running
    running.stop()


def enter(page: Any, service: Service) -> None:
    page.goto(f"{service.url}editor")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("heading", name="Feeds").wait_for()


@pytest.mark.parametrize(
    ("width", "scheme", "scripts"),
    [(390, "dark", True), (1280, "light", True), (390, "light", False)],
)
def test_an_editor_walks_through_the_desk(
    browser: Any, service: Service, width: int, scheme: str, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))

    def look() -> None:
        if scripts:  # they cannot be asked otherwise
            assert fits(page)
            assert barriers(page) == []

    enter(page, service)
    look()

    page.get_by_role("link", name="Items").click()
    look()
    story = page.locator("article", has_text="Fishermen count the catch")
    story.get_by_label("Missing person").fill("Federica Mogherini")
    story.get_by_role("button", name="Add").click()
    page.get_by_text("Federica Mogherini: added.").wait_for()
    story.get_by_role("button", name="Wrong").click()
    page.get_by_text("Federica Mogherini: taken away.").wait_for()
    look()

    page.get_by_role("link", name="Names").click()
    page.get_by_text('- name: "Anna Karlsson"').wait_for()
    look()

    page.get_by_role("link", name="Try a text").click()
    page.get_by_label("Headline").fill("Lavrov <img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Tag it").click()
    page.get_by_text("Found: 1").wait_for()
    look()

    page.get_by_role("link", name="People", exact=True).click()
    box = page.get_by_label("The people section of feeds.yaml")
    box.fill(box.input_value() + "  - name: Anna Karlsson\n")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("anna-karlsson").wait_for()
    look()

    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Token").wait_for()
    assert [line for line in complaints if "Security Policy" in line or "ran" in line] == []
    context.close()


@pytest.fixture
def strangers_page(service: Service) -> Iterator[Callable[[dict[str, str]], str]]:
    """Puts up, at another site, a page that posts to the desk by itself; gives its address."""
    shown: dict[str, str] = {}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fields = "".join(f'<input name="{key}" value="{shown[key]}">' for key in shown)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                f'<form method="post" action="{service.url}editor/correct">{fields}</form>'
                "<script>document.forms[0].submit()</script>".encode()
            )

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def put_up(fields: dict[str, str]) -> str:
        shown.update(fields)
        return f":{server.server_port}/"

    yield put_up
    server.shutdown()
    thread.join()
    server.server_close()


# 127.0.0.1 at another port is the same site, where the cookie goes along; localhost is another.
@pytest.mark.parametrize("host", ["http://127.0.0.1", "http://localhost"])
def test_a_strangers_page_cannot_post_to_the_desk(
    browser: Any, service: Service, strangers_page: Callable[[dict[str, str]], str], host: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    enter(page, service)
    secret = page.locator('input[name="csrf"]').first.input_value()  # even if it leaked
    with Editor(service) as editor:
        item = editor.item("Lavrov lands in Milan")
        fields = {"csrf": secret, "item": item, "slug": "sergey-lavrov", "wanted": "no"}

        page.goto(host + strangers_page(fields))
        page.get_by_role("heading", name="Nothing was done").wait_for()

        kept = editor.page("items?q=lands")
        assert 'name="slug" value="sergey-lavrov"' in kept
        assert "taken away" not in kept
    context.close()
