"""Addresses: absolute, canonical, fit to be shown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.urls import absolute, canonical, host, without_credentials

SAME = {
    "scheme, case, port and www": (
        "https://example.org/News/1",
        "http://WWW.Example.ORG:80/News/1",
        "HTTPS://www.example.org:443/News/1",
        "https://www2.example.org./News/1",
    ),
    "addresses in place of names": (
        "https://[2001:db8::1]/news",
        "http://[2001:DB8::1]:80/news/",
        "http://reader:secret@[2001:db8::1]/news",
    ),
    "mobile hosts": (
        "https://example.org/a",
        "https://m.example.org/a",
        "https://mobile.example.org/a",
        "https://amp.example.org/a",
        "https://touch.www.example.org/a",
    ),
    "a mobile label inside the host": (
        "https://en.m.wikipedia.org/wiki/Milan",
        "https://en.wikipedia.org/wiki/Milan",
    ),
    "AMP paths": (
        "https://example.org/a/story.html",
        "https://example.org/a/story.html?amp=1",
        "https://example.org/amp/a/story.html",
        "https://example.org/a/story.html/amp/",
        "https://example.org/a/story.amp.html",
        "https://example.org/a/story.html?outputType=amp",
    ),
    "AMP viewers": (
        "https://example.org/a/story",
        "https://www.google.com/amp/s/www.example.org/a/story",
        "https://www.google.de/amp/www.example.org/a/story/amp",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a/story",
        "https://cdn.ampproject.org/v/s/www.example.org/a/story?amp_js_v=0.1&usqp=mq331",
    ),
    "tracking parameters": (
        "https://example.org/a?id=7",
        "https://example.org/a?id=7&utm_source=rss&utm_medium=feed&utm_campaign=rss",
        "https://example.org/a?fbclid=IwAR0&id=7&gclid=x&mc_cid=1&mc_eid=2",
        "https://example.org/a?id=7&amp;xtor=RSS-1&amp;ns_mchannel=rss",
        "https://example.org/a?ref=rss&id=7&source=newsletter&CMP=twt_gu&at_medium=RSS",
        "https://example.org/a?id=7#xtor=RSS-1",
        "https://example.org/a?id=7&PHPSESSID=0123",
        "https://example.org/a;jsessionid=77AF?id=7",
        "https://example.org/a?feedType=RSS&feedName=topNews&id=7",
        "https://example.org/a?id=7&mod=rss_home&smid=tw-share&emc=rss&partner=rss",
    ),
    "how a page was shared": (
        "https://example.org/a",
        "https://example.org/a?share=twitter",
        "https://example.org/a?from_rss=true&taid=60&ftag=RSS1",
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Fa",
        "https://steamcommunity.com/linkfilter/?url=https://example.org/a",
    ),
    "the order of parameters": (
        "https://example.org/a?b=1&c=2",
        "https://example.org/a?c=2&b=1",
        "https://example.org/a?c=2;b=1",
    ),
    "trailing noise": (
        "https://example.org/a",
        "https://example.org/a/",
        "https://example.org/a/index.html",
        "https://example.org/a/?",
        "https://example.org/a#comments",
        "https://example.org/a/#respond",
        "https://example.org/a#more-117",
        "https://example.org/a#:~:text=Lavrov",
        " https://example.org/a\n",
        "https://example.org/a%20",
        "https://example.org/b/../a",
        "https://example.org//a",
        "https:///example.org/a",
    ),
    "percent-escapes": (
        "https://example.org/~a/caf%C3%A9",
        "https://example.org/%7ea/caf%c3%a9",
        "https://example.org/~a/café",
    ),
    "hosts beyond ASCII": ("https://xn--exmple-cua.org/a", "https://exämple.org/a"),
    "one publisher under two names": (
        "https://www.bbc.co.uk/news/world-1",
        "https://www.bbc.com/news/world-1",
    ),
    "FeedBurner and FeedProxy": (
        "http://feeds.feedburner.com/~r/wire/~3/Qx7/",
        "http://feedproxy.google.com/~r/wire/~3/Qx7/",
    ),
    "Blogger's countries": (
        "https://desk.blogspot.com/2020/01/a.html",
        "http://desk.blogspot.co.uk/2020/01/a.html?m=1",
        "http://desk.blogspot.de/2020/01/a.html",
    ),
    "redirectors": (
        "https://example.org/a?id=7",
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fwww.example.org%2Fa%3Fid%3D7&ct=ga",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Fid%3D7%26fbclid%3DIw&h=AT0",
        "http://us.rd.yahoo.com/dailynews/rss/*http://example.org/a?id=7",
        "https://web.archive.org/web/20200101000000/https://www.example.org/a?id=7",
        "https://href.li/?https://example.org/a?id=7",
        "https://www.facebook.com/sharer.php?u=http://example.org/a?id=7",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fa%3fid%3d7",
        "https://click.example.net/?url=https%3A%2F%2Fexample.org%2Fa%3Fid%3D7",
    ),
    "a redirector behind a redirector": (
        "https://example.org/a",
        "https://t.example.com/r?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.org%252Fa",
    ),
    "FeedsPortal": (
        "http://www.example.com/news/2011-03",
        "http://da.feedsportal.com/c/3/f/1/s/2/l/0L0Sexample0N0Cnews0C20A110E0A3/story01.htm",
    ),
    "the Register's own": (
        "https://www.theregister.co.uk/2011/x_y",
        "http://go.theregister.com/feed/www.theregister.co.uk/2011/x_y/",
    ),
    "Google News, as it was": (
        "https://example.org/news/1",
        "https://news.google.com/rss/articles/CBMiGmh0dHBzOi8vZXhhbXBsZS5vcmcvbmV3cy8x0gEA?oc=5",
    ),
    "YouTube's short form": ("https://www.youtube.com/watch?v=Ab1", "https://youtu.be/Ab1"),
}

DIFFERENT = (
    ("https://example.org/a?id=7", "https://example.org/a?id=8"),
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/log#entry-4", "https://example.org/log#entry-5"),
    ("https://example.org/log#date=4", "https://example.org/log#date=5"),
    ("https://example.org/a?ref=1017", "https://example.org/a?ref=1018"),
    ("https://example.org/a?cid=1017", "https://example.org/a?cid=1018"),
    ("https://example.org/?m=202001", "https://example.org/?m=202002"),
    ("https://de.example.org/a", "https://fr.example.org/a"),
    ("https://example.org:8080/a", "https://example.org/a"),
    ("https://m.eu/a", "https://www.eu/a"),
    ("https://example.org/a?url=https://example.net/1", "https://example.net/1"),
    ("https://example.org/login?next=https://example.net/1", "https://example.net/1"),
    ("https://news.google.com/articles/x?oc=5", "https://example.org/x"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
)


@pytest.mark.parametrize("spellings", SAME.values(), ids=SAME)
def test_spellings_of_one_address_are_canonically_the_same(spellings: tuple[str, ...]) -> None:
    assert {canonical(url) for url in spellings} == {canonical(spellings[0])}
    assert canonical(spellings[0]) is not None


@pytest.mark.parametrize("pair", DIFFERENT)
def test_addresses_of_different_pages_stay_different(pair: tuple[str, str]) -> None:
    assert canonical(pair[0]) != canonical(pair[1])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mailto:desk@example.org",
        "tag:example.org,2020:1",
        "urn:uuid:0",
        "/a",
        "http://",
        "http://[::1/a",
        "https://example.org:port/a",
        "https://example.org/" + "a" * 9_000,
        "http://example.org/r?u=" * 8 + "http://example.org/a",
    ],
)
def test_what_is_no_web_address_has_no_canonical_form(url: str) -> None:
    assert canonical(url) is None


@given(
    st.one_of(
        st.text(),
        st.builds("https://{}/{}?{}#{}".format, *[st.text(max_size=12)] * 4),
        st.builds(
            "http://{}{}".format,
            st.sampled_from(["", "[::1]", "a.b", "m.blogspot"]),
            st.text(r"[]:8@/\?#%5. &=amp" + "\u3002", max_size=12),
        ),
        st.builds(
            "http://{}{}".format,
            st.sampled_from(
                ["m.example.org", "google.com", "da.feedsportal.com", "news.google.com"]
            ),
            st.lists(
                st.sampled_from(
                    [
                        *(
                            "/amp",
                            "/s",
                            "/a.b",
                            "/url",
                            "?url=",
                            "&u=",
                            "=",
                            "&",
                            "&amp;",
                            ";",
                            "%",
                        ),
                        *(
                            "http://",
                            "https%3A%2F%2F",
                            "example.org",
                            "#",
                            "%2541",
                            "/l/0L0S0X",
                            ".",
                        ),
                        *(
                            "/articles/",
                            "CBMi",
                            "aHR0cDovL2V4",
                            "é",
                            "\ud800",
                            "+",
                            "%20",
                            "index.html",
                        ),
                    ],
                ),
                max_size=12,
            ).map("".join),
        ),
    ),
)
@example("https://www.www.www.example.org/amp/amp/index.html/index.html")
@example("https://a.m.m.example.org/")
@example('http://[::1] href="https://harbour.example/tide"/>')
@example("http://reader:secret@[FE80::1%25eth0]:8080 x/y")
@example("http://[::ffff:192.0.2.1]x/")
@example("http://\u3002m.a b..example.org\u3002/")
@example("https://  //a")
@example("https://example.org/#%..")
@example("https://" + 80 * "a" + ";/")
@example("https://example.org/#/amp&//=")
def test_the_canonical_form_is_its_own_canonical_form(url: str) -> None:
    once = canonical(url)

    assert once is None or canonical(once) == once


@pytest.mark.parametrize(
    ("base", "ref", "meant"),
    [
        ("https://example.org/feeds/rss.xml", "../a", "https://example.org/a"),
        ("https://example.org/feeds/rss.xml", "//example.net/a", "https://example.net/a"),
        ("https://example.org/feeds/rss.xml", "?p=1", "https://example.org/feeds/rss.xml?p=1"),
        ("https://example.org/feeds/rss.xml", "\n https://example.net/a ", "https://example.net/a"),
        ("https://example.org/", 'a b"<c>', "https://example.org/a%20b%22%3Cc%3E"),
        ("https://example.org/", "http:///example.net/a", "http://example.net/a"),
        ("https://example.org/", "javascript:alert(1)", None),
        ("https://example.org/", "java\nscript:alert(1)", None),
        ("https://example.org/", "http://[x/", None),
        ("https://example.org/", "http://", None),
        ("https://example.org/", "a" * 9_000, None),
        ("file:samples/wire.xml", "a", None),
        ("", "a", None),
        ("", "https://example.org/a", "https://example.org/a"),
    ],
)
def test_references_become_absolute_or_nothing(base: str, ref: str, meant: str | None) -> None:
    assert absolute(base, ref) == meant


@given(st.text(), st.text())
def test_an_absolute_address_is_always_http(base: str, ref: str) -> None:
    found = absolute(base, ref)

    assert found is None or found.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@example.org/a@b", "https://example.org/a@b"),
        ("https://user:p@ss@example.org/", "https://example.org/"),
        ("//user@example.org", "//example.org"),
        ("https://example.org/?q=a@b", "https://example.org/?q=a@b"),
        ("file:samples/wire.xml", "file:samples/wire.xml"),
    ],
)
def test_credentials_are_not_shown(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://user@WWW.Example.org.:8080/a", "www.example.org"),
        ("http://[::1]:80/", "::1"),
        ("http://[::1/", ""),
        ("tag:example.org,2020:1", ""),
    ],
)
def test_the_host_is_named_in_lower_case_without_port(url: str, name: str) -> None:
    assert host(url) == name
