from http.client import HTTPConnection

from tests.support.feedserver import Answer, FeedServer


def ask(server: FeedServer, path: str, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_it_answers_as_told_and_keeps_what_it_was_asked() -> None:
    with FeedServer() as server:
        server.answers["/feed.xml"] = Answer(body=b"<rss/>")

        assert ask(server, "/feed.xml") == (200, b"<rss/>")
        assert ask(server, "/other") == (404, b"")
        assert server.paths() == ["/feed.xml", "/other"]


def test_answers_in_a_list_come_in_turn_and_the_last_one_stays() -> None:
    with FeedServer() as server:
        server.answers["/"] = [Answer(500), Answer(body=b"well again")]

        assert [ask(server, "/")[0] for _ in range(3)] == [500, 200, 200]


def test_an_answer_with_validators_is_conditional() -> None:
    with FeedServer() as server:
        server.answers["/"] = Answer(
            body=b"x", headers={"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"}
        )

        assert ask(server, "/", If_None_Match='"v1"')[0] == 304
        assert ask(server, "/", If_None_Match='"v0"')[0] == 200
        assert ask(server, "/", If_Modified_Since="Mon, 23 Nov 2026 10:00:00 GMT")[0] == 304
        assert ask(server, "/", If_Modified_Since="Mon, 23 Nov 2026 09:00:00 GMT")[0] == 200


def test_an_answer_may_depend_on_the_request() -> None:
    with FeedServer() as server:
        server.answers["/"] = lambda asked: Answer(body=asked.headers["X-Name"].encode())

        assert ask(server, "/", X_Name="Ada") == (200, b"Ada")


def test_a_script_has_the_socket_to_itself() -> None:
    with FeedServer() as server:
        server.answers["/"] = Answer(
            script=lambda connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nraw")
        )

        assert ask(server, "/") == (200, b"raw")
