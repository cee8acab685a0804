"""A certificate authority of our own, whose certificates nobody else believes."""

import ssl
from datetime import UTC, datetime, timedelta

import trustme


class Authority:
    """Issues certificates for servers, and tells clients to believe them."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """For a server that proves to be these names or addresses."""
        now = datetime.now(UTC)
        certificate = self._ca.issue_cert(
            *names,
            not_before=now - timedelta(days=30),
            not_after=now + timedelta(days=-1 if expired else 30),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        """For a client that believes this authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ca.configure_trust(context)
        return context

    def pem(self) -> bytes:
        """The authority's own certificate, as SSL_CERT_FILE wants it."""
        return self._ca.cert_pem.bytes()
