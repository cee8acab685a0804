"""A real object store that speaks S3, on loopback: moto's server, from a wheel."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

_numbers = count(1)
KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "hunter2-of-the-store"}


class ObjectServer:
    """A running server; every test gets buckets of its own."""

    def __init__(self, endpoint: str, client: Any) -> None:
        """Talk to the server at this address by this client, which is not the one under test."""
        self.environ = {**KEYS, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": endpoint}
        self.client = client

    def bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"bucket-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> set[str]:
        """The names of all objects."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {one["Key"] for page in pages for one in page.get("Contents", ())}

    def get(self, bucket: str, key: str) -> dict[str, Any]:
        """An object as it is stored: Body, ContentType, CacheControl, ContentEncoding, ETag."""
        answer = self.client.get_object(Bucket=bucket, Key=key)
        return {**answer, "Body": answer["Body"].read()}


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    """A server of its own, stopped at the end."""
    import boto3  # noqa: PLC0415 (slow, and needed here alone)
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 (likewise)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        yield ObjectServer(endpoint, client)
    finally:
        server.stop()
