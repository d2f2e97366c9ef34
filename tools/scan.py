"""What a scanner finds on the site, as a visitor and as a resident: ``make scan``.

    python -m tools.scan --scanner .venv-scan/bin/wapiti [--seconds 120]

The site is made for the occasion: SQLite, the small demonstration, gunicorn, the worker, the
sandbox of Lydia. Where the kernel allows it, all of it runs in a network that has nothing but the
machine itself, so that nothing can be sent elsewhere; if not, it says so. What asks the outside for
its data (databases of known faults, names) is not run. What a fault would fetch is asked of this
program, which tells of it. A part of the scanner that takes too long is cut, and named.

Reports go to ``bench/results/scan*.json``. Exits with 1 if something is found above "low", or if
the site answered 500.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from pyroute2 import IPRoute

from app.modules.account.demo import PASSWORD
from app.settings import ROOT
from tests.browser.site import FURNISHING, Site
from tools.loopback import Browser

RESULTS = ROOT / "bench" / "results"
#: All but those that fetch their data from elsewhere (cms, htp, nikto, wapp, wp_enum), that ask for
#: names (log4shell, takeover), that want TLS, which nginx gives (https_redirect, ssl), and ldap: it
#: compares digests of pages, ours hold a token that changes each second, and no LDAP is asked here.
MODULES = (
    *("backup", "brute_login_form", "buster", "cookieflags", "crlf", "csp", "csrf", "exec"),
    *("file", "htaccess", "http_headers", "methods", "permanentxss", "redirect"),
    *("shellshock", "spring4shell", "sql", "ssrf", "timesql", "upload", "xss", "xxe"),
)
#: What would end the scan, or leave little to see: one's log-ins, one's room.
LEFT_OUT = (
    "/logout*",
    "/profile/sessions*",
    "/profile/erase*",
    "/set_locale/*",
    "/rooms/terminate*",
)
#: From where they come, far from the residence, and who the resident is, of the demonstration.
ADDRESSES = {"visitor": "192.0.2.1", "resident": "192.0.2.2"}
RESIDENT = "plangevi"
LEVELS = ("info", "low", "medium", "high", "critical")
LOW = LEVELS.index("low")
#: A line of gunicorn's access log: the method, and the status of the answer.
_ANSWER = re.compile(r'"(?P<method>[^" ]+) [^"]*" (?P<status>[0-9]{3}) ')
#: What the scanner says of a part that it cut.
_CUT = re.compile(r"Max attack time was reached for module (\w+)")


class Finding(NamedTuple):
    """Something that the scanner, or this program, does not like."""

    level: int
    kind: str
    where: str
    what: str


class DemoSite(Site):
    """The site of a developer, with nothing on the machine's own, that writes what it answers."""

    def _start(
        self, name: str, module: str, *arguments: str, **variables: str
    ) -> subprocess.Popen[bytes]:
        if module == "gunicorn":
            arguments = ("--access-logfile", str(self.answers), *arguments)
        return super()._start(name, module, *arguments, **variables)

    def _environment(self, **variables: str) -> dict[str, str]:
        ours = {"MODE": "development", "EXPORTS_DIR": str(self.folder / "exports")}
        return super()._environment(**(ours | variables))

    @property
    def answers(self) -> Path:
        """The access log."""
        return self.folder / "answers.txt"


class Bait(ThreadingHTTPServer):
    """What a fault of the site would fetch something from: it remembers who asked for what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.taken: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Asked(BaseHTTPRequestHandler):
    """The scanner asks what was found; anybody else was deceived."""

    server: Bait

    def do_GET(self) -> None:
        """Answer that nothing was found."""
        if not self.path.startswith("/get_") and self.path != "/":
            self.server.taken.append(self.path)
        body = b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the word of http.server

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: what was asked is in the report."""


@contextmanager
def bait() -> Iterator[Bait]:
    """Wait for who is deceived, until the end of the block."""
    with Bait() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def demo_site(folder: Path) -> Iterator[DemoSite]:
    """A site with the small demonstration, until the end of the block."""
    site = DemoSite(folder, f"sqlite:///{folder / 'site.db'}")
    try:
        site.flask("db", "upgrade")
        site.flask("demo", "load", "--size", "small", patience=FURNISHING)
        site.start_worker()
        site.start_sandbox()
        yield site
    finally:
        site.stop()


def main() -> int:
    """Scan twice; whether something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.scan")
    parser.add_argument("--scanner", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=120, help="for each part of the scanner")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.apart:
        with IPRoute() as network:
            network.link("set", index=1, state="up")  # the loopback, all there is
    elif not _goes_apart():
        print("no network namespace here: the scanner is trusted to stay on 127.0.0.1")  # noqa: T201  # a command
    RESULTS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    with tempfile.TemporaryDirectory(prefix="scan-") as home, demo_site(Path(home)) as site:
        worst = [scan(site, who, options.scanner, options.seconds) for who in ADDRESSES]
    return int(max(worst) > LOW)


def _goes_apart() -> bool:
    """Go on in a network without anything; ``False`` if the kernel does not allow it."""
    unshare = shutil.which("unshare")
    apart = [str(unshare), "--map-root-user", "--net"]
    tried = [*apart, "true"]
    if not unshare or subprocess.run(tried, check=False, capture_output=True).returncode:  # noqa: S603  # found on the path
        return False
    again = [*apart, sys.executable, "-m", "tools.scan", "--apart", *sys.argv[1:]]
    return bool(os.execv(unshare, again))  # noqa: S606  # ourselves: it does not come back


def scan(site: DemoSite, who: str, scanner: Path, seconds: float) -> int:
    """Scan as somebody; print and write what is found; return the worst level."""
    origin = site.serve()
    site.answers.write_text("")
    report = RESULTS / f"scan-{who}.json"
    report.unlink(missing_ok=True)
    with bait() as server:
        command = [
            *(str(scanner), "--url", f"{origin}/", "--scope", "folder", "--no-bugreport"),
            *("--module", ",".join(MODULES), "--endpoint", server.address),
            *("--header", f"X-Real-IP: {ADDRESSES[who]}", "--tasks", "4"),
            *("--max-attack-time", str(seconds), "--max-scan-time", str(seconds), "--verbose", "1"),
            *("--store-session", str(site.folder / who), "--format", "json", "--output", report),
            *(f"--exclude={origin}{path}" for path in LEFT_OUT),
            *_logged_in(origin, who),
        ]
        done = subprocess.run(  # noqa: S603  # the scanner that was given
            command,
            cwd=site.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        (RESULTS / f"scan-{who}.log").write_text(said)
        if done.returncode or not report.exists():
            raise SystemExit(f"the scanner failed:\n{said[-2000:]}")
        if who == "resident" and not _was_logged_in(site):
            raise SystemExit("the scanner was logged out: it saw nothing of what a resident sees")
        findings = [*_found(report), *_deceived(server), *_broken(site)]
    return _told(who, site, findings, cut=_CUT.findall(said))


def _logged_in(origin: str, who: str) -> tuple[str, ...]:
    """What has the scanner be the resident."""
    if who != "resident":
        return ()
    browser = Browser(origin, address=ADDRESSES[who])
    browser.log_in(RESIDENT, PASSWORD)
    return ("--cookie-value", browser.cookies)  # whatever answers say of it


def _was_logged_in(site: DemoSite) -> bool:
    """Whether the page of the resident was given, to the end: the last time it was asked for."""
    asked = re.findall(r'"GET /profile/ [^"]*" ([0-9]{3}) ', site.answers.read_text())
    return bool(asked) and asked[-1] == "200"


def _found(report: Path) -> Iterator[Finding]:
    """What the scanner found."""
    told = json.loads(report.read_text())
    for part in ("vulnerabilities", "anomalies"):
        for kind, faults in told[part].items():
            for fault in faults:
                where = f"{fault['method']} {fault['path']} {fault['parameter']}".strip()
                yield Finding(fault["level"], kind, where, fault["info"])


def _deceived(server: Bait) -> Iterator[Finding]:
    for path in server.taken:
        yield Finding(LEVELS.index("critical"), "Server Side Request Forgery", path, "fetched")


def _broken(site: DemoSite) -> Iterator[Finding]:
    """Answers that say that the site is at fault."""
    for line in site.answers.read_text(errors="replace").splitlines():
        answer = _ANSWER.search(line)
        if answer and answer["status"] == "500":
            yield Finding(LEVELS.index("high"), "Internal Server Error", line, "500")


def _told(who: str, site: DemoSite, findings: list[Finding], *, cut: list[str]) -> int:
    """Print and write what was found, and how much was tried; return the worst level."""
    report = json.loads((RESULTS / f"scan-{who}.json").read_text())
    answers = [
        _ANSWER.search(line) for line in site.answers.read_text(errors="replace").split("\n")
    ]
    statuses = Counter(answer["status"] for answer in answers if answer)
    result = {
        "who": who,
        "pages": report["infos"]["crawled_pages_nbr"],
        "requests": statuses.total(),
        "statuses": dict(sorted(statuses.items())),
        "modules": MODULES,
        "cut": cut,
        "findings": {
            name: [finding._asdict() for finding in findings if finding.level == level]
            for level, name in enumerate(LEVELS)
        },
    }
    (RESULTS / f"scan-{who}-summary.json").write_text(json.dumps(result, indent=1) + "\n")
    counted = ", ".join(f"{len(found)} {name}" for name, found in result["findings"].items())
    print(f"{who}: {result['pages']} pages, {result['requests']} requests; {counted}")  # noqa: T201  # a command
    if cut:
        print(f"  cut before their end: {', '.join(cut)}")  # noqa: T201  # a command
    for finding in findings:
        if finding.level > LOW:
            print(f"  {LEVELS[finding.level]}: {finding.kind}: {finding.where}: {finding.what}")  # noqa: T201  # a command
    return max((finding.level for finding in findings), default=0)


if __name__ == "__main__":
    sys.exit(main())
