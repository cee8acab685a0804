"""Who may enter the editors' desk: one token, sessions in memory, a secret for every form.

Nothing here is kept on disk: after a restart editors show their token again.
"""

import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

SESSION = timedelta(hours=12)  # without a request
MOST_SESSIONS = 200  # at once; the one unused for longest makes room
TRIES = 10  # wrong tokens from one address in the time of WINDOW
TRIES_OF_ALL = 100  # from all addresses together
WINDOW = timedelta(minutes=10)
MOST_ADDRESSES = 10_000  # whose wrong tokens are counted


@dataclass(slots=True)
class Session:
    """An editor's browser that showed the token."""

    id: str  # the cookie
    csrf: str  # what every form of it has to say
    used: datetime
    told: list[str] = field(default_factory=list)  # what the next page says once


class TooManyTries(Exception):
    """Tokens were guessed at; `wait` says for how long none is looked at."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many wrong tokens: try again in {wait}")
        self.wait = wait


class Door:
    """Lets in who knows the token."""

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        """Guard the desk with this token; `now` is aware."""
        self._token = _digest(token)
        self._now = now
        self._key = secrets.token_bytes(32)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._wrong_of_all: deque[datetime] = deque()

    def enter(self, token: str, address: str) -> Session | None:
        """A new session; None for a wrong token.

        The comparison takes the same time whatever is wrong with a token.

        Raises:
            TooManyTries: whether it was right is not told.
        """
        now = self._now()
        mine = self._wrong.setdefault(address, deque())
        self._wrong.move_to_end(address)
        for tries, most in ((mine, TRIES), (self._wrong_of_all, TRIES_OF_ALL)):
            while tries and tries[0] <= now - WINDOW:
                tries.popleft()
            if len(tries) >= most:
                raise TooManyTries(tries[0] + WINDOW - now)
        if not hmac.compare_digest(_digest(token), self._token):
            mine.append(now)
            self._wrong_of_all.append(now)
            while len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)
            return None
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now)
        self._sessions[session.id] = session
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def session(self, cookie: str | None) -> Session | None:
        """The session of a cookie, which is used by that; None for none, or one that is over."""
        session = self._sessions.get(cookie or "")
        if session is None:
            return None
        if session.used + SESSION <= self._now():
            self.leave(session)
            return None
        session.used = self._now()
        self._sessions.move_to_end(session.id)
        return session

    def leave(self, session: Session) -> None:
        """End a session."""
        self._sessions.pop(session.id, None)

    def says(self, session: Session, csrf: str) -> bool:
        """Whether a form comes from a page that was made for this session."""
        return hmac.compare_digest(_digest(session.csrf), _digest(csrf))

    # Before there is a session, the login form is bound to a cookie of its own.

    def visitor(self) -> str:
        """A new cookie for somebody who is about to show the token."""
        return secrets.token_urlsafe(16)

    def login_csrf(self, visitor: str) -> str:
        """What the login form of this cookie has to say."""
        return hmac.new(self._key, visitor.encode(), sha256).hexdigest()

    def says_at_login(self, visitor: str, csrf: str) -> bool:
        """Whether a login form comes from a page that was made for this cookie."""
        return hmac.compare_digest(_digest(self.login_csrf(visitor)), _digest(csrf))


def _digest(text: str) -> bytes:
    """Of one length for all, so that comparing tells nothing of it either."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
