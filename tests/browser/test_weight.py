"""What pages weigh on a first visit, compressed; and that they stay still while they load."""

import gzip
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response

from app.modules.account.demo import PASSWORD
from tests.browser.site import INSIDE, MAC, Site
from tests.browser.visitor import DESK, PHONE, visiting

pytestmark = pytest.mark.browser

Weigh = Callable[..., dict[str, int]]

#: What a page on the way in may weigh with all it loads, and the styles and scripts of another.
ON_THE_WAY_IN, STYLES_AND_SCRIPTS = 60_000, 150_000
#: How much a page may move while it loads (CLS).
STILL = 0.05

#: Starts counting before the page does.
COUNT_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) shifts.push(shift.value);
}).observe({type: "layout-shift", buffered: true});
"""


def _compressed(response: Response) -> int:
    body, type_ = response.body(), response.headers.get("content-type", "")
    is_text = type_.startswith("text/") or type_.split(";")[0] in (
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "image/svg+xml",
    )
    return len(gzip.compress(body, 6)) if is_text else len(body)


@pytest.fixture(scope="module")
def weigh(chromium: Browser, demo_site: Site) -> Weigh:
    """What a page weighs, file by file, on a first visit: ``weigh("/", "mcurie")``."""
    kept: dict[str | None, Any] = {None: None}
    origin = demo_site.serve(MAC)

    def _weigh(path: str, name: str | None = None) -> dict[str, int]:
        if name not in kept:
            with visiting(chromium, origin, address=INSIDE) as visitor:
                visitor.log_in(str(name), PASSWORD)
                kept[name] = visitor.context.storage_state()
        responses: list[Response] = []
        with visiting(
            chromium, origin, address=INSIDE, width=PHONE, storage_state=kept[name]
        ) as visitor:
            visitor.page.on("response", lambda response: responses.append(response))  # noqa: PLW0108  # Playwright marks it
            visitor.open(path)
            icon = visitor.page.locator('link[rel="icon"]').get_attribute("href")
            visitor.page.evaluate("(icon) => fetch(icon).then((answer) => answer.text())", icon)
            return {urlsplit(r.url).path: _compressed(r) for r in responses}

    return _weigh


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/auth_needed", None),
        ("/login", None),
        ("/register", None),
        ("/register/rezident", None),
        ("/contact", None),
        ("/devices/error?reason=mac", None),
        ("/rooms/register?hello=1", "ijoliot"),
        ("/devices/register?hello=1", "plangevi"),
        ("/connect_check?hello=1", "plangevi"),
        ("/connection", "plangevi"),
        ("/portal", None),
        ("/banned", "hbecquer"),
    ],
)
def test_a_page_on_the_way_in_is_light(path: str, name: str | None, weigh: Weigh) -> None:
    weights = weigh(path, name)

    assert "/static/css/site.css" in weights
    assert sum(weights.values()) <= ON_THE_WAY_IN, weights


@pytest.mark.parametrize("path", ["/", "/profile/", "/gris/pceens", "/gris/roles"])
def test_the_styles_and_scripts_of_a_page_are_few(path: str, weigh: Weigh) -> None:
    weights = weigh(path, "mcurie")

    own = {path: weight for path, weight in weights.items() if path.endswith((".css", ".js"))}
    assert len(own) > 3

    assert sum(own.values()) <= STYLES_AND_SCRIPTS, own


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_home_page_does_not_move_while_it_loads(
    width: int, chromium: Browser, demo_site: Site
) -> None:
    with visiting(chromium, demo_site.serve(), width=width) as visitor:
        visitor.context.add_init_script(COUNT_SHIFTS)
        visitor.log_in("plangevi", PASSWORD)
        visitor.open("/")
        visitor.page.wait_for_load_state("networkidle")
        visitor.page.evaluate("() => document.fonts.ready.then(() => null)")
        visitor.page.wait_for_timeout(300)

        shifts = visitor.page.evaluate("window.shifts")

    assert sum(shifts) < STILL
