"""A folder of published files, and the app that serves it."""

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.web.files import PublishedFiles
from aggregator.web.origin import FolderOrigin
from tests.web.asking import FEED, PAGE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "public"
    (root / "tags" / "anna").mkdir(parents=True)
    (root / "index.html").write_bytes(PAGE)
    (root / "tags" / "anna" / "index.html").write_bytes(PAGE)
    (root / "tags" / "anna" / "atom.xml").write_bytes(FEED)
    return root


@pytest.fixture
def files(root: Path) -> PublishedFiles:
    return PublishedFiles(FolderOrigin(root), max_age=lambda _path: timedelta(minutes=5))
