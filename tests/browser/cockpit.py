"""A GRI who goes through the cockpit, and what they leave untouched of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Request, expect
from werkzeug.exceptions import HTTPException

from tests.browser.visitor import Visitor

#: What is of the cockpit, by how its addresses begin.
COCKPIT = ("/gris/", "/api/gris/", "/doas/", "/profile/gri_card")

#: Tells of each button: that it is there when a page opens or changes, that it is pressed; and of
#: each page that slides sideways. ``buttonSays`` is what a button does: what it sends and where,
#: or what a script calls it.
_WATCH = """
(() => {
  const HIDDEN = ["how", "force", "on"];
  const ours = (node) => node.closest("main, .ribbon") && !node.closest(".toast");
  window.buttonSays = (button) => {
    const form = button.form;
    if (!form || button.type !== "submit" || form.matches("[data-permission-form]")) {
      const step = button.dataset.step ?? "";
      const words = [button.className, ...Object.keys(button.dataset), step];
      const where = button.closest("th, dialog, .permissions, .roles, .role-menu");
      const place = where?.matches("th") ? "th" : (where?.className ?? "");
      return ["SCRIPT", place, words.filter(Boolean).join(" ")];
    }
    const said = (of, form) => button.getAttribute(of) ?? form;
    const method = said("formmethod", form.getAttribute("method") ?? "get").toUpperCase();
    const action = said("formaction", form.getAttribute("action")) || window.location.href;
    const chosen = [...form.querySelectorAll("input[type=hidden]")]
      .filter((field) => HIDDEN.includes(field.name));
    const more = [...(button.name ? [button] : []), ...chosen].map((f) => `${f.name}=${f.value}`);
    const kind = method === "GET" ? [form.className] : [];
    return [method, new URL(action, window.location.href).pathname, [...more, ...kind].join(" ")];
  };
  const look = () => {
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      const beyond = [...document.body.querySelectorAll("*")]
        .filter((node) => node.getBoundingClientRect().right > root.clientWidth)
        .filter((node) => !node.closest(".tabs, .table-slides, pre"));
      window.noticed("slides", [beyond[0]?.outerHTML.slice(0, 200) ?? ""]);
    }
    const there = new Set();
    for (const button of document.querySelectorAll("button")) {
      if (ours(button) && !button.hidden && !button.disabled) {
        there.add(JSON.stringify(window.buttonSays(button)));
      }
    }
    window.noticed("there", [...there].map((said) => JSON.parse(said)));
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && ours(button)) {
      window.noticed("pressed", [window.buttonSays(button)]);
    }
    setTimeout(look, 50);
  }, true);
  // by then, the scripts of the page have made theirs
  document.addEventListener("DOMContentLoaded", look);
})();
"""


#: What each button does, and the mark that it bears from now on.
_MARK = """
(all) => all.map((button) => {
  if (!button.hasAttribute("mark")) {
    window.marks = (window.marks ?? 0) + 1;
    button.setAttribute("mark", window.marks);
  }
  return [window.buttonSays(button), button.getAttribute("mark")];
})
"""


class Button(NamedTuple):
    """What a button does, and the endpoint of the page where it is."""

    page: str
    method: str
    endpoint: str
    more: str


class Gri(Visitor):
    """A visitor who writes down which buttons they see, and which they press."""

    def __init__(self, chromium: Browser, origin: str, app: Flask, **options: Any) -> None:
        super().__init__(chromium, origin, **options)
        self._urls = app.url_map.bind("localhost")
        self.seen: set[Button] = set()
        self.pressed: set[Button] = set()
        #: What was asked of the site but pages: methods and endpoints.
        self.asked: set[tuple[str, str]] = set()
        self.pages: set[str] = set()
        #: Where pages were wider than the screen, and the first thing that was.
        self.sliding: set[str] = set()
        self.context.expose_binding("noticed", self._noticed)
        self.context.add_init_script(_WATCH)
        self.context.on("request", self._wrote)
        self.context.on("dialog", self._agreed)

    def log_in(self, name: str, password: str) -> None:
        """Log in, and read the site in one's language from then on."""
        super().log_in(name, password)
        with self.page.expect_navigation():
            self.page.locator(f"footer button[lang={self.locale}]").click()
        expect(self.page.locator("html")).to_have_attribute("lang", self.locale)

    def endpoint(self, address: str, *methods: str) -> str:
        """The endpoint of an address of the site; the address itself, if it has none."""
        path = urlsplit(address).path
        for method in methods or ("GET", "POST"):
            try:
                return str(self._urls.match(path, method=method)[0])
            except HTTPException:
                continue
        return path

    def send(
        self, endpoint: str, *, among: str = ":is(main, .ribbon)", which: str = "", **fields: Any
    ) -> None:
        """Fill in the first form that goes there, by names, and press its button: it is done."""
        button = self.button(endpoint, among=among, which=which)
        for name, value in fields.items():
            _fill(button.locator("xpath=ancestor::form").locator(f'[name="{name}"]'), value)
        with self.page.expect_event("domcontentloaded"):  # a tab that opens is no other page
            button.click()
        refusals = self.page.locator(".error-summary, [data-toast=danger]")
        assert refusals.all_inner_texts() == [], endpoint

    def button(self, endpoint: str, *, among: str = "main", which: str = "") -> Locator:
        """The first button that sends something there; what hides it is opened."""
        self.page.wait_for_load_state("domcontentloaded")  # a link may have been followed just now
        buttons = self.page.locator(f"{among} button{which}")
        # each is marked: others may come and go before it is pressed
        said = buttons.evaluate_all(_MARK)
        does = [self.endpoint(target, method) for (method, target, _more), _mark in said]
        assert endpoint in does, f"{endpoint} in {self.page.url}: {does}"
        button = self.page.locator(f'[mark="{said[does.index(endpoint)][1]}"]')
        _reveal(button)
        return button

    @contextmanager
    def downloading(self, ending: str) -> Iterator[None]:
        """Get a file with this ending, that is not empty, by what is done in the block."""
        with self.page.expect_download() as got:
            yield
        assert got.value.suggested_filename.endswith(ending)
        assert got.value.path().stat().st_size > 0

    def links(self) -> list[str]:
        """Where the links of the page lead in the cockpit: paths, with what is asked."""
        hrefs = self.page.locator("main a[href]").evaluate_all("(all) => all.map((a) => a.href)")
        own = (href.removeprefix(self.origin).partition("#")[0] for href in hrefs)
        return [path for path in own if path.startswith(COCKPIT)]

    def _noticed(self, source: dict[str, Any], what: str, said: list[Any]) -> None:
        address = source["page"].url
        if what == "slides":
            self.sliding.add(f"{self.endpoint(address)}: {said[0]}")
            return
        is_ours = address.removeprefix(self.origin).startswith(COCKPIT)
        where = self.endpoint(address) if is_ours else "elsewhere"
        for method, target, more in said:
            if is_ours or target.startswith(COCKPIT):
                does = target if method == "SCRIPT" else self.endpoint(target, method)
                kept = self.seen if what == "there" else self.pressed
                kept.add(Button(where, method, does, more.strip()))

    def _wrote(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if request.method != "GET":
            self.asked.add((request.method, self.endpoint(path, request.method)))
        elif request.is_navigation_request():
            self.pages.add(self.endpoint(path))

    def _heard(self, message: ConsoleMessage) -> None:
        # a mail is shown where no script runs, ours that watches no more than another
        if not message.text.startswith("Blocked script execution in"):
            super()._heard(message)

    @staticmethod
    def _agreed(dialog: Dialog) -> None:
        dialog.accept()


def _reveal(button: Locator) -> None:
    """Open what a button is in, as people do."""
    dialog = button.locator("xpath=ancestor::dialog[not(@open)]")
    if dialog.count():
        button.page.locator(f'a[href="#{dialog.get_attribute("id")}"]').first.click()
    closed = button.locator("xpath=ancestor::details[not(@open)]")
    while closed.count():
        closed.first.locator("> summary").click()


def _fill(field: Locator, value: object) -> None:
    """Answer a field, whatever its kind."""
    kind = field.first.evaluate("(it) => it.tagName === 'SELECT' ? 'select' : it.type")
    if kind == "select":
        field.select_option(str(value))
    elif kind == "radio":
        field.and_(field.page.locator(f'[value="{value}"]')).check()
    elif kind == "checkbox":
        field.set_checked(bool(value))
    elif kind == "file":
        field.set_input_files(value)  # type: ignore[arg-type]  # a file, as Playwright has it
    else:
        field.fill(str(value))


def to_be_pressed(app: Flask) -> set[tuple[str, str]]:
    """What the cockpit has of addresses that change something: methods and endpoints."""
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(COCKPIT)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }


def to_be_opened(app: Flask) -> set[str]:
    """The pages of the cockpit."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/gris/", "/profile/gri_card")) and "GET" in (rule.methods or ())
    }
