"""The rules of Mozilla's HTTP Observatory, as they are published, for one answer over HTTPS.

https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring says what each test looks at
and how many points it takes or gives: 100 to begin with; what is wrong is taken off; what is better
than asked is added only from 90 on. 100 or more is A+. One judgement is ours: being in browsers'
preload list, which no answer shows, gives nothing here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

#: From how many points on a grade is given, the best first.
GRADES = (
    *((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+")),
    *((50, "C"), (45, "C-"), (40, "D+"), (30, "D"), (25, "D-"), (0, "F")),
)
#: From how many points on the bonuses count.
EXTRA_CREDIT = 90
#: Six months, in seconds.
LONG_ENOUGH = 15_768_000
_BROAD = frozenset(
    {"*", "http:", "https:", "ftp:", "http://*", "https://*", "http://*.*", "https://*.*"}
)
_INLINE = frozenset({"'unsafe-inline'", "data:"})
_PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
_LEAKY = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}


class Verdict(NamedTuple):
    """What a test found, and the points that it takes or gives."""

    points: int
    found: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its headers in the order they came, its page, and where it was asked for."""

    headers: tuple[tuple[str, str], ...]
    body: str = ""
    origin: str = "https://localhost"
    #: Where the same address leads when it is asked for over HTTP; ``None``: nobody answers there.
    over_http: str | None = None

    def all(self, name: str) -> list[str]:
        """What is said under a name, each time it is."""
        return [value for header, value in self.headers if header.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """What is said under a name, the first time."""
        return next(iter(self.all(name)), None)


def grade(seen: Seen) -> str:
    """The letter that an answer is worth."""
    total = score(seen)
    return next(letter for points, letter in GRADES if total >= points)


def score(seen: Seen) -> int:
    """How many points an answer is worth."""
    points = [verdict.points for verdict in verdicts(seen).values()]
    base = 100 + sum(point for point in points if point < 0)
    bonus = sum(point for point in points if point > 0) if base >= EXTRA_CREDIT else 0
    return max(0, base + bonus)


def verdicts(seen: Seen) -> dict[str, Verdict]:
    """What each test says of an answer."""
    return {name: test(seen) for name, test in TESTS.items()}


def policies(seen: Seen) -> list[dict[str, set[str]]]:
    """The policies on content of an answer: the sources of each directive.

    Raises:
        ValueError: If one says a directive twice, or says nothing.
    """
    lines = [part for line in seen.all("Content-Security-Policy") for part in line.split(",")]
    return [dict(_directives(line)) for line in lines]


def _directives(line: str) -> Iterator[tuple[str, set[str]]]:
    known: set[str] = set()
    for words in (part.lower().split() for part in line.split(";")):
        if not words:
            continue
        name, *sources = words
        if name in known:
            raise ValueError(f"{name} is said twice")
        known.add(name)
        yield name, set(sources) or ({"'none'"} if name.endswith("-src") else set())
    if not known:
        raise ValueError("an empty policy")


def _content(seen: Seen) -> Verdict:
    try:
        found = policies(seen)
    except ValueError as error:
        return Verdict(-25, str(error))
    if not found:
        return Verdict(-25, "no policy")
    # Each policy binds: an answer is worth the best of them, which is the least it obeys.
    return max(_of_policy(policy) for policy in found)


def _of_policy(policy: Mapping[str, set[str]]) -> Verdict:
    default = policy.get("default-src")
    anything = {"*"} if default is None else default
    script, style = (_sources(policy, name, anything) for name in ("script-src", "style-src"))
    passive = [policy.get(name, default or set()) for name in ("img-src", "media-src")]
    active = [
        *(found for name, found in policy.items() if name not in ("img-src", "media-src")),
        *(script,),
    ]
    worst: tuple[tuple[bool, Verdict], ...] = (
        (
            bool(script & (_BROAD | _INLINE) or policy.get("object-src", anything) & _BROAD),
            Verdict(-20, "scripts or objects from anywhere"),
        ),
        (_in_clear(active), Verdict(-20, "something active in clear")),
        ("'unsafe-eval'" in script | style, Verdict(-10, "eval")),
        (_in_clear(passive), Verdict(-10, "pictures in clear")),
        (bool(style & (_BROAD | _INLINE)), Verdict(0, "styles from anywhere")),
        (default == {"'none'"}, Verdict(10, "nothing unsafe, and nothing by default")),
    )
    return next((said for is_so, said in worst if is_so), Verdict(5, "nothing unsafe"))


def _sources(policy: Mapping[str, set[str]], name: str, otherwise: set[str]) -> set[str]:
    """The sources of a kind; ``'unsafe-inline'`` is ignored beside a nonce or a digest."""
    found = policy.get(name, otherwise)
    is_told = any(source.startswith(("'sha", "'nonce-")) for source in found)
    return found - {"'unsafe-inline'"} if is_told else found


def _in_clear(sources: Iterable[set[str]]) -> bool:
    return any(source.startswith(("http:", "ftp:")) for group in sources for source in group)


def _cookies(seen: Seen) -> Verdict:
    lines = seen.all("Set-Cookie")
    if not lines:
        return Verdict(0, "no cookie")
    found = [_cookie(line, has_hsts=_transport(seen).points >= 0) for line in lines]
    return min(found, key=lambda verdict: verdict.points)


def _cookie(line: str, *, has_hsts: bool) -> Verdict:
    first, *rest = (part.strip() for part in line.split(";"))
    name = first.partition("=")[0].lower()
    said = {key.lower(): value.lower() for key, _, value in (part.partition("=") for part in rest)}
    is_session = any(word in name for word in ("login", "sess"))
    same = said.get("samesite")
    wrong = same is not None and same not in ("lax", "strict", "none")
    worst = (
        (is_session and "secure" not in said, Verdict(-10 if has_hsts else -40, "in clear")),
        (is_session and "httponly" not in said, Verdict(-30, "read by scripts")),
        (wrong or (same == "none" and "secure" not in said), Verdict(-20, "SameSite is wrong")),
        ("csrf" in name and same is None, Verdict(-20, "a token sent from anywhere")),
        ("secure" not in said, Verdict(-5 if has_hsts else -20, "in clear")),
        (same is None, Verdict(0, "sent from anywhere")),
    )
    told = [verdict for is_so, verdict in worst if is_so]
    return min(told, default=Verdict(5, "for this site alone"), key=lambda said: said.points)


def _sharing(seen: Seen) -> Verdict:
    shared = seen.one("Access-Control-Allow-Origin")
    if shared is None:
        return Verdict(0, "not shared")
    with_cookies = (seen.one("Access-Control-Allow-Credentials") or "").strip().lower() == "true"
    if shared != "*" and with_cookies and shared != seen.origin:
        return Verdict(-50, "shared with anybody, as the visitor")
    return Verdict(0, "shared")


def _redirection(seen: Seen) -> Verdict:
    if seen.over_http is None:
        return Verdict(0, "nobody answers over HTTP")
    asked, led = urlsplit(seen.origin), urlsplit(seen.over_http)
    if led.scheme != "https":
        return Verdict(-20, "stays on HTTP")
    if led.hostname != asked.hostname:
        return Verdict(-5, "leads to another host first")
    return Verdict(0, "leads to HTTPS")


def _referrer(seen: Seen) -> Verdict:
    words = [
        word.strip().lower() for line in seen.all("Referrer-Policy") for word in line.split(",")
    ]
    if not words:
        return Verdict(0, "not said")
    known = [word for word in words if word in _PRIVATE | _LEAKY]
    is_private = bool(known) and known[-1] in _PRIVATE
    return Verdict(5, "private") if is_private else Verdict(-5, "told to others, or unknown")


def _transport(seen: Seen) -> Verdict:
    line = seen.one("Strict-Transport-Security")
    if line is None:
        return Verdict(-20, "not said")
    said = dict(part.strip().lower().partition("=")[::2] for part in line.split(";"))
    age = said.get("max-age", "").strip('"')
    if not age.isdigit():
        return Verdict(-20, "not understood")
    return Verdict(0, "long") if int(age) >= LONG_ENOUGH else Verdict(-10, "short")


def _integrity(seen: Seen) -> Verdict:
    if not (seen.one("Content-Type") or "").startswith(("text/html", "application/xhtml+xml")):
        return Verdict(0, "not a page")
    scripts = BeautifulSoup(seen.body, "html.parser").find_all("script", src=True)
    if not scripts:
        return Verdict(0, "no script")
    return min(
        (_script(str(one["src"]), bool(one.get("integrity")), seen.origin) for one in scripts),
        key=lambda verdict: verdict.points,
    )


def _script(source: str, has_digest: bool, origin: str) -> Verdict:
    parts, own = urlsplit(source), urlsplit(origin)
    is_own = not parts.netloc or (parts.scheme == "https" and parts.hostname == own.hostname)
    if is_own:
        return Verdict(5 if has_digest else 0, "from here")
    if parts.scheme != "https":
        return Verdict(-20 if has_digest else -50, "from elsewhere, in clear")
    return Verdict(5, "known") if has_digest else Verdict(-5, "from elsewhere, unknown")


def _sniffing(seen: Seen) -> Verdict:
    said = (seen.one("X-Content-Type-Options") or "").strip().lower()
    return Verdict(0, "nosniff") if said == "nosniff" else Verdict(-5, "guessed by browsers")


def _framing(seen: Seen) -> Verdict:
    try:
        found = policies(seen)
    except ValueError:
        found = []
    if any("frame-ancestors" in policy for policy in found):
        return Verdict(5, "by the policy on content")
    said = (seen.one("X-Frame-Options") or "").strip().lower()
    is_known = said in ("deny", "sameorigin") or said.startswith("allow-from")
    return Verdict(0, said) if is_known else Verdict(-20, "in anybody's frame")


def _loading(seen: Seen) -> Verdict:
    said = (seen.one("Cross-Origin-Resource-Policy") or "").strip().lower()
    points = {"": 0, "same-origin": 10, "same-site": 10, "cross-origin": 0}
    return Verdict(points.get(said, -5), said or "loaded from anywhere")


#: The tests that count, by the names of the Observatory.
TESTS: dict[str, Callable[[Seen], Verdict]] = {
    "content-security-policy": _content,
    "cookies": _cookies,
    "cross-origin-resource-sharing": _sharing,
    "redirection": _redirection,
    "referrer-policy": _referrer,
    "strict-transport-security": _transport,
    "subresource-integrity": _integrity,
    "x-content-type-options": _sniffing,
    "x-frame-options": _framing,
    "cross-origin-resource-policy": _loading,
}
