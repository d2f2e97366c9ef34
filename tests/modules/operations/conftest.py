"""Fixtures of backups."""

from pathlib import Path

import pytest

from tests.modules.operations.backed_up import make_repository, needs


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository where nothing is, and that others are copies of."""
    needs("restic")
    return make_repository(tmp_path_factory.mktemp("restic"))
