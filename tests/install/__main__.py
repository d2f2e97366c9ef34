"""The installation from the documents: a bare Debian, ``docs/install.md``, then the site.

python -m tests.install [--suite bookworm] [--cache FOLDER] [--keep]

It needs root, for a system of its own in a folder, with its network and its processes, all of
which it removes. Packages come from where this machine finds its own.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.install import document, system
from tests.install.document import Block
from tests.install.smoke import ADMIN, SITE, Smoke
from tests.lab.net import PATH, ROOT, LabError, run, say

PROGRAMS = ("debootstrap", "unshare", "nsenter", "ip", "mount", "chroot", "git", "npm", "curl")


def main() -> int:
    """Install, and try; return the exit status."""
    options = _options()
    if options.inside:
        return _inside(options)
    reason = _obstacle()
    if reason:
        say(f"No installation here: {reason}.")
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    home = Path(tempfile.mkdtemp(prefix="pem-install-", dir="/var/tmp"))
    begun = time.monotonic()
    try:
        _bootstrap(home / "root", options)
        status = _apart(home, options)
    except LabError as error:
        say(f"FAILED: {error}")
        status = 1
    except KeyboardInterrupt:
        status = 130
    finally:
        if options.keep:
            say(f"kept: {home}")
        else:
            shutil.rmtree(home)
    verdict = "everything passed" if status == 0 else "failed"
    say(f"installation: {verdict}, {time.monotonic() - begun:.0f} s")
    return status


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.install", description="Install from the documents.")
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--mirror", help="where the suite is, if apt does not know")
    parser.add_argument("--cache", type=Path, help="where packages of the bare system are kept")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--outside", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _obstacle() -> str:
    """Why there can be no installation, if so."""
    if os.geteuid() != 0:
        return "only root may make a system; ask as root"
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    return f"{', '.join(missing)}: not installed" if missing else ""


def _bootstrap(root: Path, options: argparse.Namespace) -> None:
    begun = time.monotonic()
    known = [address for address, name in system.mirrors(options.suite) if name == options.suite]
    if not options.mirror and not known:
        raise LabError(f"apt knows no mirror of {options.suite}: give one, --mirror")
    system.bootstrap(root, options.suite, options.mirror or known[0], options.cache)
    _told(f"a bare {options.suite}", time.monotonic() - begun)


def _apart(home: Path, options: argparse.Namespace) -> int:
    """Do the rest where nothing outlives it: mounts, processes, network."""
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "--propagation", "private", "--net", "--uts"),
            *("--pid", "--fork", "--kill-child", "--mount-proc"),
            *(sys.executable, "-m", "tests.install", "--inside", str(home)),
            *("--outside", str(outside), "--suite", options.suite),
        ],
        cwd=ROOT,
        pass_fds=(outside,),
    )
    try:
        return process.wait()
    finally:
        process.kill()
        process.wait()
        os.close(outside)


def _inside(options: argparse.Namespace) -> int:
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    there = system.System(options.inside / "root", options.inside)
    try:
        there.prepare(options.suite)
        there.bring(ROOT)
        smoke = Smoke(there, options.inside / "browsers")
        smoke.listen()
        with there.packages(options.outside):
            _install(there)
            failed = _try(smoke)
    except LabError as error:
        say(f"FAILED: {error}")
        return 1
    return int(failed)


def _install(there: system.System) -> None:
    """Follow the document."""
    found = document.blocks(document.DOCUMENT.read_text())
    for block in found:
        if block.skipped:
            say(f"       -  {block.title}: {block.skipped}, passed by")
    begun = time.monotonic()
    variables = {"SITE": SITE, "ADMIN": ADMIN, "SOURCE": str(system.SOURCE)}
    there.follow(found, variables, _followed)
    _told("installed, from the first line to the last", time.monotonic() - begun)


def _followed(block: Block, seconds: float) -> None:
    first = next(line for line in block.text.splitlines() if line.strip())
    _told(f"{block.title}: {first[:60]}", seconds)


def _try(smoke: Smoke) -> bool:
    """Go through the steps, as far as they go; return whether one failed."""
    for name, do in smoke.steps():
        begun = time.monotonic()
        try:
            figure = do()
        except LabError as error:
            say(f"FAILED    {name}: {error}")
            _show_logs(smoke.system)
            return True
        _told(f"{name}{f' ({figure})' if figure else ''}", time.monotonic() - begun)
    return False


def _show_logs(there: system.System) -> None:
    for path in sorted((there.root / "var/log/pem").glob("*.log")):
        say(f"--- {path.name}")
        for line in path.read_text(errors="replace").splitlines()[-15:]:
            say(line[:400])


def _told(what: str, seconds: float) -> None:
    say(f"{seconds:7.1f} s  {what}")


if __name__ == "__main__":
    sys.exit(main())
