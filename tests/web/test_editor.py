"""The editors' desk, of a service as it runs."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from aggregator.web.door import TRIES
from tests.support.cli import aggregator
from tests.support.service import PATIENCE_S, Service
from tests.web.desks import TOKEN, Editor, write_instance

pytestmark = pytest.mark.slow

PAGES = ("feeds", "items", "names", "try", "people")
POSTS = ("login", "leave", "correct", "split", "try", "people")
LAVROV = "tags/sergey-lavrov/feed.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_instance(tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    running = Service(folder, environ={"AGGREGATOR_EDITOR_TOKEN": TOKEN})
    running.wait_for(LAVROV)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def editor(service: Service) -> Iterator[Editor]:
    with Editor(service) as entered:
        yield entered


@pytest.fixture
def stranger(service: Service) -> Iterator[Editor]:
    with Editor(service, enters=False) as outside:
        yield outside


def titles(service: Service, path: str = LAVROV) -> list[str]:
    return [item["title"] for item in service.get(path).json()["items"]]


# -- who may enter ------------------------------------------------------------------------------


def test_without_a_token_nothing_of_it_answers(tmp_path: Path) -> None:
    running = Service(write_instance(tmp_path), environ={"AGGREGATOR_EDITOR_TOKEN": " "})
    try:
        with httpx.Client(base_url=running.url, trust_env=False, timeout=PATIENCE_S) as client:
            for method in ("GET", "POST", "HEAD", "PUT"):
                nowhere = client.request(method, "nowhere/at-all")
                for path in ("", "/", *(f"/{name}" for name in (*PAGES, *POSTS))):
                    answer = client.request(method, f"editor{path}")

                    assert answer.status_code == nowhere.status_code == 404
                    assert answer.text == nowhere.text
                    assert answer.headers.keys() == nowhere.headers.keys()
    finally:
        running.stop()


def test_who_has_not_shown_the_token_sees_the_form_and_nothing_else(stranger: Editor) -> None:
    assert stranger.client.get("editor").headers["location"] == "editor/login"
    assert stranger.client.get("editor/").headers["location"] == "login"
    for name in PAGES:
        answer = stranger.client.get(f"editor/{name}")
        assert (answer.status_code, answer.headers["location"]) == (303, "login")
        assert answer.text == ""
    assert 'type="password"' in stranger.page("login")


def test_a_wrong_token_is_refused_and_the_right_one_opens(stranger: Editor) -> None:
    wrong = stranger.enter("a token that somebody guesses")
    right = stranger.enter()

    assert wrong.status_code == 403
    assert "This is not the token" in wrong.text
    assert right.status_code == 303
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "; secure" not in cookie  # the site is served over http
    assert TOKEN not in cookie


def test_who_leaves_is_out(service: Service) -> None:
    with Editor(service) as editor:
        before = editor.client.cookies["aggregator_editor"]

        editor.post("leave")
        editor.client.cookies.set("aggregator_editor", before)

        assert editor.client.get("editor/feeds").headers["location"] == "login"


def test_guessing_the_token_is_stopped_and_cookies_are_secure_over_https(tmp_path: Path) -> None:
    folder = write_instance(tmp_path, "https://news.example.org/")
    running = Service(folder, environ={"AGGREGATOR_EDITOR_TOKEN": TOKEN})
    closing = ExitStack()
    closing.callback(running.stop)
    with closing:
        # The client keeps no Secure cookie over http, so the form's cookie is handed on by hand.
        client = closing.enter_context(
            httpx.Client(base_url=running.url, trust_env=False, timeout=PATIENCE_S)
        )
        form = client.get("editor/login")
        name, _, value = form.headers["set-cookie"].partition(";")[0].partition("=")
        secret = form.text.split('name="csrf" value="')[1].split('"')[0]

        def enter(token: str) -> httpx.Response:
            return client.post(
                "editor/login",
                data={"csrf": secret, "token": token},
                headers={"Cookie": f"{name}={value}"},
            )

        opened = enter(TOKEN)
        guesses = [enter(f"guess {number}").status_code for number in range(TRIES)]
        stopped = enter(TOKEN)

        assert "; secure" in opened.headers["set-cookie"].lower()
        assert guesses == [403] * TRIES
        assert stopped.status_code == 429
        assert 0 < int(stopped.headers["retry-after"]) <= 601


def test_nothing_of_it_is_cached(editor: Editor) -> None:
    for name in ("login", *PAGES):
        answer = editor.client.get(f"editor/{name}")

        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


# -- whom a POST is believed --------------------------------------------------------------------


@pytest.mark.parametrize("path", POSTS)
def test_a_post_without_the_secret_of_this_very_session_does_nothing(
    service: Service, editor: Editor, stranger: Editor, path: str
) -> None:
    stranger.enter()
    item = editor.item("Lavrov lands in Milan")
    fields = {"item": item, "slug": "sergey-lavrov", "wanted": "no", "token": TOKEN}
    secret = stranger.page("try").split('name="csrf" value="')[1].split('"')[0]

    nobody = httpx.post(
        f"{service.url}editor/{path}", data=fields, trust_env=False, timeout=PATIENCE_S
    )
    without = editor.client.post(f"editor/{path}", data=fields)
    another = editor.client.post(f"editor/{path}", data={**fields, "csrf": secret})

    assert (nobody.status_code, without.status_code, another.status_code) == (403, 403, 403)
    assert (
        "set-cookie" not in without.headers or "aggregator_login" in without.headers["set-cookie"]
    )
    assert "Lavrov lands in Milan" in titles(service)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_page_does_nothing_even_with_the_secret(
    service: Service, editor: Editor, stranger: Editor, headers: dict[str, str]
) -> None:
    item = editor.item("Lavrov lands in Milan")
    fields = {"csrf": editor.secret, "item": item, "slug": "sergey-lavrov", "wanted": "no"}

    answer = editor.client.post("editor/correct", data=fields, headers=headers)
    login = stranger.enter(**headers)

    assert (answer.status_code, login.status_code) == (403, 403)
    assert "Lavrov lands in Milan" in titles(service)


def test_a_body_that_is_no_form_of_ours_is_refused(editor: Editor) -> None:
    secret = editor.secret

    large = editor.post("try", text="x" * 300_000)
    many = editor.client.post(
        "editor/try", content=b"csrf=" + secret.encode() + b"&a=1" * 5_000, headers=FORM
    )
    odd = editor.client.post("editor/try", json={"csrf": secret})
    broken = editor.client.post("editor/try", content=b"\xff%ff&=&&csrf", headers=FORM)

    assert [a.status_code for a in (large, many, odd, broken)] == [413, 403, 415, 403]
    assert editor.page("feeds")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# -- the work -----------------------------------------------------------------------------------


def test_a_feeds_health_is_told_in_plain_words(editor: Editor) -> None:
    page = editor.page("feeds")

    assert "The Wire" in page
    assert "It could not be reached. If that lasts" in page
    assert "Why: 1st failure" in page
    assert re.search(r"\d+ % get a tag", page)
    assert "items in 30 days" in page  # what the sparkline says to those who do not see it
    assert "hidden@" not in page


def test_a_wrong_tag_is_taken_away_for_good_and_given_back(
    service: Service, folder: Path, editor: Editor
) -> None:
    item = editor.item("Lavrov lands in Milan")

    answer = editor.post(
        "correct", item=item, slug="sergey-lavrov", wanted="no", back="q=Milan&evil=//x"
    )
    assert answer.headers["location"] == f"items?q=Milan#i{item}"
    service.until(lambda: "Lavrov lands in Milan" not in titles(service))
    assert aggregator(folder, "retag").code == 0
    assert "Lavrov lands in Milan" not in titles(service)
    page = editor.page("items?q=Milan")
    assert "Sergey Lavrov: taken away." in page
    assert "taken away by an editor" in page

    editor.post("correct", item=item, slug="sergey-lavrov", wanted="rules")
    assert "Sergey Lavrov: left to the rules again." in editor.page("items?q=Milan")
    service.until(lambda: "Lavrov lands in Milan" in titles(service))


def test_a_missing_person_is_added_by_name(service: Service, editor: Editor) -> None:
    item = editor.item("Fishermen count the catch")

    editor.post("correct", item=item, slug="federica mogherini ", wanted="yes")
    unknown = editor.post("correct", item=item, slug="<b>Nobody</b>", wanted="yes")
    nothing = editor.post("correct", item="urn:uuid:none", slug="sergey-lavrov", wanted="no")

    page = editor.page("items")
    assert "Federica Mogherini: added." in page
    assert "Nobody is listed as “&lt;b&gt;Nobody&lt;/b&gt;”." in page
    assert "This item is not stored any more." in page
    assert (unknown.status_code, nothing.status_code) == (303, 303)
    service.until(
        lambda: "Fishermen count the catch" in titles(service, "tags/federica-mogherini/feed.json")
    )


def test_a_wrong_merge_is_parted(service: Service, editor: Editor) -> None:
    item = editor.item("Lavrov lands in Milan")
    page = editor.page("items?q=lands")
    entry = page.split("The Paper</bdi></span>")[0].rsplit('name="entry" value="', 1)[1]

    editor.post("split", item=item, entry=entry.split('"')[0])
    again = editor.post("split", item=item, entry=entry.split('"')[0])

    page = editor.page("items?q=lands")
    assert again.status_code == 303
    assert "Parted: there are two items now." in page
    assert page.count(">Lavrov lands in Milan</a></h3>") == 2


def test_items_are_chosen_by_words_person_and_feed(editor: Editor) -> None:
    def shown(query: str) -> int:
        return editor.page(f"items?{query}").count("<article")

    assert shown("q=herring") == 1
    assert shown("tag=sergey-lavrov&q=Milan") >= 1
    assert shown("feed=file:paper.xml") == 1
    assert shown("tag=-") >= 2
    assert shown("q=%00%22%22&before=x&tag=nobody&feed=http://no") == 0
    assert "Nothing fits" in editor.page("items?q=zzz")


def test_names_are_suggested_with_the_lines_to_paste(editor: Editor) -> None:
    page = editor.page("names")

    assert "- name: &#34;Anna Karlsson&#34;" in page
    near = page[page.index('id="near"') :]
    assert "Sergei Lovrov" in near


def test_a_pasted_text_is_tagged_and_explained(editor: Editor) -> None:
    page = editor.post(
        "try",
        title="Lavrov <script>alert(1)</script>",
        text='</textarea><script>alert(2)</script> "S. Lavrov" met\r\nFederica Mogherini',
        language='"><b>',
    ).text

    assert "<mark>Lavrov</mark> &lt;script&gt;" in page
    assert "initials – the surname with initials in place of the given name" in page
    assert "Found: 2" in page
    assert "<script>alert" not in page
    assert "</textarea><script" not in page


def test_hostile_titles_are_text_at_the_desk(editor: Editor) -> None:
    for name in ("items", "names", "items?q=%3Cscript%3E%22onload%3D"):
        page = editor.page(name)

        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert '"onload=' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in editor.page("items")


def test_changed_people_are_tried_without_touching_the_file(folder: Path, editor: Editor) -> None:
    before = (folder / "feeds.yaml").read_bytes()
    page = editor.page("people")
    assert "  - name: Sergey Lavrov\n" in page

    changed = editor.post(
        "people", people="people:\r\n  - name: Sergey Lavrov\r\n  - name: Anna Karlsson\r\n"
    ).text

    assert "2 people listed; 7 items looked at" in changed or "2 people listed; 6 items" in changed
    assert 'Anna Karlsson</bdi></strong> <span class="meta">anna-karlsson</span>' in changed
    assert ">+3</span>" in changed
    assert "+  - name: Anna Karlsson" in changed
    assert "-  - name: Federica Mogherini" in changed
    assert (folder / "feeds.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("- name: A\n- name: [", "people:"),
        ("- nmae: Anna", "people:1:3: "),
        ("people:\n- name: ${AGGREGATOR_EDITOR_TOKEN}", "AGGREGATOR_EDITOR_TOKEN"),
        ("!!python/object:os.system x", "people:"),
    ],
)
def test_what_is_wrong_with_changed_people_is_said_with_its_place(
    editor: Editor, people: str, said: str
) -> None:
    page = editor.post("people", people=people).text

    notices = page[page.index('class="notices"') : page.index("<form", page.index("notices"))]
    assert said in notices
    assert TOKEN not in page
