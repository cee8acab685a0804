"""A headless Chromium, and what axe-core says of a page in it."""

import contextlib
import importlib.resources
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = ((390, "dark"), (1280, "light"))  # width in pixels, scheme of colours
NARROWEST = 320  # pixels that a page must do with (WCAG 2.2, 1.4.10)
PATIENCE_MS = 120_000
LEAST_PASSED = 20  # rules that any page of ours gives axe to check


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The browser; skips the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, timeout=PATIENCE_MS
        )
        try:
            yield Patient(opened)
        finally:
            opened.close()


class Patient:
    """A browser whose pages wait for as long as a machine takes that has much else to do."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def new_context(self, **options: Any) -> Any:
        """A visitor, with cookies of its own."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    def new_page(self, **options: Any) -> Any:
        """A page of a visitor of its own."""
        page = self._browser.new_page(**options)
        page.set_default_timeout(PATIENCE_MS)
        return page


def barriers(page: Any) -> list[tuple[str, str]]:
    """What axe-core objects to on the page that is shown: rules, and the first element of each."""
    axe = importlib.resources.files(pytest.importorskip("axe_playwright_python")) / "axe.min.js"
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > LEAST_PASSED
    return [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]]


def fits(page: Any) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
