"""Tiny releases, made and served by the very tools of the site: its own code excepted."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.settings import ROOT
from tests.gateway.models import free_ports
from tests.release.masters import answers, wait_until, workers

#: A site that says which release it is, and fails where its release says so.
SITE = """
import json, sys, time
from pathlib import Path
import dependency

HERE = Path(__file__).parent
FAILS = (HERE / "fails").read_text().split()
if "serving" in FAILS:
    raise RuntimeError("it does not start")

def app(environ, start_response):
    status, path = "200 OK", environ["PATH_INFO"]
    if path == "/readyz":
        status = "503 Not Ready" if "verification" in FAILS else status
        body = json.dumps({"release": HERE.name})
    elif path == "/slow":
        (HERE / "instance" / "slow").touch()
        time.sleep(2)
        body = "slow"
    else:
        import late
        body = f"{HERE.name} {dependency.VERSION} {late.VERSION}"
    start_response(status, [("Content-Length", str(len(body)))])
    return [body.encode()]
"""
#: What stands for its commands: it writes what was asked, and fails likewise.
FLASK = """
import os, sys
from pathlib import Path
words = " ".join(sys.argv[1:])
steps = {"db upgrade": "migration", "access": "boot", "seed": "seed"}
if steps.get(words, "assets") in Path("fails").read_text().split():
    sys.exit(f"{words} does not work")
with Path("instance/done").open("a") as file:
    print(words, os.environ.get("SQLALCHEMY_MIGRATION_URI", "as the site"), file=file)
"""
#: What stands for pip: it installs the one dependency.
PIP = """
import shutil, sys, sysconfig
if "dependencies" in open("fails").read().split():
    sys.exit("no such package")
shutil.copy("dependency.py", sysconfig.get_path("purelib"))
"""
#: What stands for ``python -m venv``: an environment that finds gunicorn where tests do.
MAKES = f"""#!{sys.executable}
import sys, venv
from pathlib import Path
home = Path(sys.argv[-1]).absolute()
venv.create(home, with_pip=False, symlinks=True)
packages = next(home.glob("lib/python*/site-packages"))
(packages / "shared.pth").write_text({sysconfig.get_path("purelib")!r})
run = "from gunicorn.app.wsgiapp import run; run()"
for name, text in (("flask", {FLASK!r}), ("pip", {PIP!r}), ("gunicorn", run)):
    (home / "bin" / name).write_text(f"#!{{home}}/bin/python\\n{{text}}\\n")
    (home / "bin" / name).chmod(0o755)
"""


class Tiny:
    """An installation of tiny releases."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.source = folder, folder / "site", folder / "source"
        self.port = free_ports(1)[0]
        self.process: subprocess.Popen[bytes]
        (self.root / "instance").mkdir(parents=True)
        (self.root / ".env").write_text("SERVER_NAME=localhost\n")
        self._program("npm", "#!/bin/sh\n! grep -qs npm fails\n")
        self._program("makes", MAKES)
        is_refused = f"grep -qs reload {self.root}/current/fails"
        self._program("reload", f"#!/bin/sh\n! {is_refused} && kill -HUP $(cat {self.root}/pid)\n")
        self.choose()

    def choose(self, **variables: str) -> None:
        """Write ``deploy.env``."""
        chosen = {
            "RELEASE_PYTHON": str(self.folder / "bin/makes"),
            "RELEASE_RELOAD": f"\"sh -c '{self.folder}/bin/reload'; true\"",
            "RELEASE_READY_URL": f"http://127.0.0.1:{self.port}/readyz",
            "RELEASE_PATIENCE": "20",
            "SQLALCHEMY_MIGRATION_URI": "postgresql://owner",
        } | variables
        lines = (f"{name}={value}\n" for name, value in chosen.items())
        (self.root / "deploy.env").write_text("".join(lines))

    def _program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def write(self, version: str, fails: str = "") -> None:
        """Write a version of the source."""
        self.source.mkdir(exist_ok=True)
        files = {
            "pyproject.toml": f'[project]\nname = "tiny"\nversion = "{version}"\n',
            "pc-est-magique.py": SITE,
            "late.py": f"VERSION = {version!r}\n",
            "dependency.py": f"VERSION = {version!r}\n",
            "requirements.txt": "",
            "fails": fails,
        }
        for name, text in files.items():
            (self.source / name).write_text(text)
        (self.source / "app").mkdir(exist_ok=True)
        (self.source / "app/__init__.py").touch()
        shutil.copy(ROOT / "gunicorn.conf.py", self.source)

    def release(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the tool."""
        return subprocess.run(
            [sys.executable, ROOT / "tools/release", "--root", self.root, *arguments],
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},  # noqa: TID251  # not the site's
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def install(self, version: str) -> str:
        """Install a first release; its name."""
        self.write(version)
        done = self.release("install", str(self.source))
        assert done.returncode == 0, done.stdout + done.stderr
        return self.current

    @property
    def current(self) -> str:
        return (self.root / "current").resolve().name

    @contextmanager
    def served(self, *options: str) -> Iterator[int]:
        """Serve the current release; the number of the master."""
        current = self.root / "current"
        with (self.root / "web.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(current / ".venv/bin/gunicorn", "--config", current / "gunicorn.conf.py"),
                    *("--bind", f"127.0.0.1:{self.port}", "--pid", self.root / "pid"),
                    *("--workers", "2", "--graceful-timeout", "4", *options),
                ],
                cwd=current,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(lambda: answers(self.port, "/readyz"), "the site")
            wait_until(lambda: len(workers(self.process.pid)) == 2, "two processes")
            yield self.process.pid
        finally:
            for pid in (*self._children(), self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def _children(self) -> set[int]:
        with suppress(OSError):
            return workers(self.process.pid)
        return set()

    def log(self) -> str:
        return (self.root / "web.log").read_text()
