"""A browser for tests: it reads the pages, and refuses bad ones."""

import os
from typing import Any

import html5lib
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.secrets import token_in

#: Whether the same pages were read strictly on another database, in this run (``databases.py``).
READ_BEFORE = os.environ.get("TEST_PAGES_READ") == "1"  # noqa: TID251  # not the site's


class Page:
    """A page, as a person would look at it."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.html = BeautifulSoup(response.text, "html.parser")

    def text(self, selector: str) -> str:
        """What the one element that matches says."""
        (element,) = self.html.select(selector)
        return " ".join(element.get_text(" ", strip=True).split())

    def texts(self, selector: str) -> list[str]:
        return [" ".join(e.get_text(" ", strip=True).split()) for e in self.html.select(selector)]

    @property
    def flashes(self) -> list[str]:
        return self.texts(".toasts .toast-text")


class Client(FlaskClient):
    """A browser that parses each page strictly and follows redirections."""

    def open_page(self, path: str, *, status: int = 200) -> Page:
        return self._read(self.get(path), status)

    def submit(self, path: str, *, came_from: str = "/", status: int = 200, **fields: Any) -> Page:
        """Send a form, and read the page that follows."""
        headers = {"Referer": f"http://localhost{came_from}"}
        response = self.post(path, data=fields, headers=headers, follow_redirects=True)
        return self._read(response, status)

    @staticmethod
    def _read(response: TestResponse, status: int) -> Page:
        assert response.status_code == status, response.text
        assert token_in(response.text) is None, f"this page holds {token_in(response.text)}"
        if response.mimetype == "text/html" and not READ_BEFORE:
            html5lib.HTMLParser(strict=True).parse(response.text)
        return Page(response)
