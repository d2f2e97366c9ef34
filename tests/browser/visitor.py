"""Someone in front of a browser."""

import gettext
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, WebError

from app.settings import ROOT
from tests.browser.site import OUTSIDE, PATIENCE

#: The widths of a phone, of a desk, and of the narrowest screen of all, in CSS pixels.
PHONE, DESK, NARROW = 390, 1280, 320
HEIGHTS = {PHONE: 844, DESK: 800, NARROW: 568}

#: What the console says that is no fault: answers are looked at, and workers are blocked.
_RIGHT = (
    "Failed to load resource: the server responded",
    "Service Worker registration blocked by Playwright",
)


@cache
def _sentences(locale: str) -> gettext.NullTranslations:
    if locale == "fr":
        return gettext.NullTranslations()
    return gettext.translation("messages", ROOT / "app" / "translations", [locale])


class Visitor:
    """Opens pages, and fills in forms by their labels; writes down what goes wrong meanwhile."""

    def __init__(
        self,
        chromium: Browser,
        origin: str,
        *,
        address: str = OUTSIDE,
        locale: str = "fr",
        width: int = DESK,
        scripts: bool = True,
        friend: str | None = None,
        **options: Any,
    ) -> None:
        self.origin, self.locale, self.scripts = origin, locale, scripts
        #: Where else they may go.
        self.friend = friend
        #: What went wrong: errors of scripts, refusals of the policy, requests to strangers…
        self.faults: list[str] = []
        self._expected = 200
        # Tests of what they do ask for them: elsewhere they would only slow the pages down.
        options.setdefault("service_workers", "block")
        self.context = chromium.new_context(
            base_url=origin,
            locale="fr-FR" if locale == "fr" else "en-GB",
            timezone_id="Europe/Paris",
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=scripts,
            extra_http_headers={"X-Real-IP": address},
            **options,
        )
        self.context.set_default_timeout(1000 * PATIENCE)
        self.context.on("console", self._heard)
        self.context.on("weberror", self._broke)
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.page: Page = self.context.new_page()

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the site, in the language of the visitor."""
        translated = _sentences(self.locale).gettext(sentence)
        return translated % values if values else translated

    def come_from(self, address: str) -> None:
        """Have this address from now on, as the proxy shows it."""
        self.context.set_extra_http_headers({"X-Real-IP": address})

    def wear(self, mode: str) -> None:
        """Choose how pages look, from the next one on: ``light`` or ``dark``."""
        self.context.add_cookies([{"name": "mode", "value": mode, "url": self.origin}])

    def open(self, path: str, *, status: int = 200) -> None:
        """Open the page at *path*, and be there: not sent elsewhere, answered with *status*."""
        with self.expecting(status):
            response = self.page.goto(path)
        assert response is not None
        assert (response.status, response.url) == (status, self.origin + path)

    @contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Find it right, until the end of the block, that the site refuses with this status."""
        self._expected = status
        yield
        self._expected = 200

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=self.say(link), exact=True).first.click()

    def press(self, button: str, **values: object) -> None:
        self.page.get_by_role("button", name=self.say(button, **values), exact=True).click()

    def fill(self, fields: Mapping[str, str]) -> None:
        """Write in the fields that have these labels."""
        for label, value in fields.items():
            self.field(label).fill(value)

    def field(self, label: str) -> Any:
        """The field with this label, as it is read: the mark of what is required left out."""
        exactly = re.compile(rf"^{re.escape(self.say(label))}\s*\*?$")
        return self.page.get_by_label(exactly)

    def log_in(self, name: str, password: str) -> None:
        self.open("/login")
        self.fill({"Identifiant ou e-mail": name, "Mot de passe": password})
        self.press("Me connecter")
        self.page.wait_for_url("**/")

    def close(self) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        is_right = message.text.startswith(_RIGHT)
        if message.type in ("error", "warning") and not is_right:
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _broke(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _asked(self, request: Request) -> None:
        known = (self.origin + "/", "data:", *([self.friend] if self.friend else []))
        if not request.url.startswith(known):
            self.faults.append(f"request to a stranger: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != self._expected:
            self.faults.append(f"answer {response.status}: {response.url}")


@contextmanager
def visiting(chromium: Browser, origin: str, **options: Any) -> Iterator[Visitor]:
    """A visitor to whom nothing went wrong by the end of the block, unless a test failed first."""
    visitor = Visitor(chromium, origin, **options)
    try:
        yield visitor
        assert visitor.faults == [], visitor.faults
    finally:
        visitor.close()
