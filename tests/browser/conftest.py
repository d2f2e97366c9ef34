"""A browser, and sites to visit: each is started once, for all the tests that visit it."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import MISSING, find, launched
from tests.browser.site import PATIENCE, Site, running_site


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = find()
    if path is None:
        if os.environ.get("CI") == "true":  # noqa: TID251  # not the site's
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    expect.set_options(timeout=1000 * PATIENCE)
    with launched(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def new_site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where there is nobody yet."""
    with running_site(tmp_path_factory.mktemp("new"), name="new") as site:
        yield site


@pytest.fixture(scope="package")
def demo_site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration."""
    with running_site(tmp_path_factory.mktemp("demo"), name="demo", demo="small") as site:
        yield site
