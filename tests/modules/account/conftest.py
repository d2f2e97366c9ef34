"""Browsers read French here, and hashes are cheap.

What they cost is tested in ``core/test_passwords.py``.
"""

from collections.abc import Iterator

import pytest

from app.core import passwords
from tests.client import Client
from tests.modules.account.people import HASHER


@pytest.fixture(autouse=True, scope="package")
def cheap_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", HASHER)
        patch.setattr(passwords, "_NOBODYS", HASHER.hash("the password of no one"))
        yield


@pytest.fixture
def client(client: Client) -> Client:
    """A browser that reads French."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return client
