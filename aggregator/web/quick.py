"""The connection of a client that says what was said before: answered without a task or a parse."""

from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from aggregator.web.limits import BoundedProtocol
from aggregator.web.repeats import LONGEST_BYTES, STATE, Answered, Repeatable, Repeats


def protocol() -> type[BoundedProtocol]:
    """For uvicorn's `http` setting: the protocol of one server, whose connections learn together."""
    return cast(type[BoundedProtocol], partial(QuickProtocol, repeats=Repeats()))


class QuickProtocol(BoundedProtocol):
    """Gives the answer of a request again to the same request, as long as it is the same."""

    _request: bytes | None = None  # the one under way, when it came in one piece and alone
    _begun = _ended = 0  # requests within the last piece of data
    _was_busy = False  # since the timer of idleness was set

    def __init__(self, *args: Any, repeats: Repeats, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._repeats = repeats

    def data_received(self, data: bytes) -> None:
        """Answer what is known; else read on."""
        if not self._is_idle():
            self._request = None
            super().data_received(data)
            return
        answered = self._repeats.find(data)
        if answered is not None:
            self._repeat(answered)
            return
        self._begun = self._ended = 0
        super().data_received(data)
        alone = self._begun == self._ended == 1 and len(data) <= LONGEST_BYTES
        self._request = bytes(data) if alone else None

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begun += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._ended += 1
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Remember the answer, if the app says that it may be given again."""
        cycle, request = self.cycle, self._request
        self._request = None
        super().on_response_complete()
        if request is None or not cycle.keep_alive:
            return
        answer = cast(Repeatable | None, cycle.scope["state"].get(STATE))
        if answer is not None:
            self._repeats.keep(request, STATUS_LINE[answer.status], answer)

    def timeout_keep_alive_handler(self) -> None:
        """Hang up, unless there were answers since the timer was set."""
        if self._was_busy:
            self._await_more()
        else:
            super().timeout_keep_alive_handler()

    def _is_idle(self) -> bool:
        """Whether nothing is under way: no request, no answer, nothing waiting to be sent."""
        return (
            self._reading == "nothing"
            and not self._refused
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _repeat(self, answered: Answered) -> None:
        date = self._repeats.lines(self.server_state.default_headers)
        self.transport.writelines([answered.line, date, answered.rest, answered.body])
        self.server_state.total_requests += 1
        self._was_busy = True
        if self.timeout_keep_alive_task is None:  # the first request of this connection
            self._stop_request_timer()
            self._await_more()

    def _await_more(self) -> None:
        self._was_busy = False
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
