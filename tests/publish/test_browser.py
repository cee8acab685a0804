"""Pages as a browser shows them: nothing blocked, nothing wider than the screen, keyboard works."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aggregator.publish import outputs, plan
from aggregator.publish.files import Folder
from aggregator.values.output import ChannelSummary, Output
from tests.support.browser import NARROWEST, SCREENS, barriers, fits

from .builders import EDITION, NOON, PEOPLE, month_output, outputs_of
from .test_pages import PAGES, busy

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEN = {
    "index": "",
    "tag": "tags/sergei-lavrov/",
    "month": "tags/sergei-lavrov/2026-11/",
    "item": "items/1.html",
    "search": "search.html",
    "sources": "sources.html",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root: Path = tmp_path_factory.mktemp("public")
    shown = busy()
    lines = [ChannelSummary(one, 7, NOON, (0, 3, 1)) for one in plan.channels(PEOPLE.values(), [])]
    made = [
        *outputs_of(shown, EDITION),
        *outputs.site_outputs(lines, EDITION),
        month_output(shown, shown.months[0][0], shown.items, EDITION),
        Output("items/1.html", PAGES["item"]),
        Output("search.html", PAGES["search"]),
        Output("sources.html", PAGES["sources"]),
    ]
    for output in made:
        Folder(root).write(output)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("name", SEEN)
def test_a_page_fits_every_screen_and_breaks_no_rule_of_its_own(
    browser: Any, site: str, name: str
) -> None:
    for width, scheme in SCREENS:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        complaints: list[str] = []
        page.on("console", lambda message, to=complaints: to.append(message.text))
        page.route("https://wire.example/**", lambda route: route.fulfill(status=204))

        page.goto(site + SEEN[name])

        assert fits(page)
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"  # style arrived
        assert [line for line in complaints if "Content Security Policy" in line] == []
        page.close()


@pytest.mark.parametrize("name", SEEN)
def test_a_page_has_no_barrier_that_axe_knows(browser: Any, site: str, name: str) -> None:
    for width, scheme in SCREENS:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.route("https://wire.example/**", lambda route: route.fulfill(status=204))

        page.goto(site + SEEN[name])

        assert barriers(page) == []
        page.close()


@pytest.mark.parametrize("secure", [True, False])
def test_the_address_of_a_feed_is_copied_by_a_button(
    browser: Any, site: str, *, secure: bool
) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    if not secure:  # as on a plain http:// host: no clipboard for scripts
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{site}tags/sergei-lavrov/")
    page.get_by_text("Follow Sergey Lavrov").click()

    page.get_by_role("button", name="Copy the address").click()

    page.get_by_text("Copied.").wait_for()
    if secure:
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "https://watch.example/tags/sergei-lavrov/atom.xml"
    context.close()


def test_without_scripts_all_is_there_but_the_button(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}tags/sergei-lavrov/")

    page.get_by_text("Follow Sergey Lavrov").click()

    assert page.get_by_text("https://watch.example/tags/sergei-lavrov/atom.xml").is_visible()
    assert page.get_by_role("button", name="Copy the address").count() == 0
    context.close()


@pytest.mark.parametrize("path", [*SEEN.values(), "tags/sergei-lavrov/atom.xml"])
def test_nothing_has_to_be_scrolled_sideways_on_the_narrowest_screen(
    browser: Any, site: str, path: str
) -> None:
    page = browser.new_page(viewport={"width": NARROWEST, "height": 700})
    page.route("https://wire.example/**", lambda route: route.fulfill(status=204))

    page.goto(site + path)

    assert fits(page)
    page.close()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(browser: Any, site: str) -> None:
    page = browser.new_page()
    page.goto(site)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator("#main:focus").wait_for()
    page.close()


def test_a_feed_is_readable_in_a_browser(browser: Any, site: str) -> None:
    page = browser.new_page()

    page.goto(f"{site}tags/sergei-lavrov/atom.xml")

    display = "getComputedStyle(document.querySelector('entry > {}')).display"
    assert page.evaluate(display.format("title")) == "block"
    assert page.evaluate(display.format("content")) == "none"
    assert page.evaluate("getComputedStyle(document.documentElement, '::before').display") != "none"
    page.close()
