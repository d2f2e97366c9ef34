"""A bare system in a folder: made by ``debootstrap``, with a network and processes of its own."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.install.document import Block, script
from tests.lab.net import PATH, ROOT, LabError, environment, run, until

#: Where packages are asked for, in the system.
PROXY = 3128
#: What the document calls ``SOURCE``: a repository of git.
SOURCE = Path("/srv/git/pc-est-magique")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PYTHON = sys.executable
_MARK = "@@ block "
_SHOWN = 40


def bootstrap(root: Path, suite: str, mirror: str, kept: Path | None) -> None:
    """Make a system that has nothing but what Debian must have.

    Raises:
        LabError: It cannot be made.
    """
    options = [f"--cache-dir={kept}"] if kept else []
    command = ["debootstrap", "--variant=minbase", *options, suite, str(root), mirror]
    with (root.parent / "debootstrap.log").open("wb") as log:
        done = subprocess.run(
            command, env=environment(), stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise LabError(f"debootstrap: {_end(root.parent / 'debootstrap.log')}")


def mirrors(suite: str) -> list[tuple[str, str]]:
    """Where this machine's ``apt`` finds a suite and its updates: addresses, and names."""
    wanted = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = run("apt-get", "indextargets", "--format", wanted, "Created-By: Packages")
    found = {tuple(line.split()) for line in listed.splitlines()}
    return sorted(
        (one[0], one[1])
        for one in found
        if len(one) == 3 and one[1].partition("-")[0] == suite and one[2] == "main"
    )


class System:
    """The system of a folder, as seen from within its namespaces."""

    def __init__(self, root: Path, logs: Path) -> None:
        self.root, self.logs = root, logs

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """How to run a program of it."""
        return ["chroot", self.root, *arguments]

    def run(self, *arguments: str, timeout: float = 120) -> str:
        return run(*self.command(*arguments), timeout=timeout)

    def succeeds(self, *arguments: str) -> bool:
        """Whether a program of it ends well."""
        done = subprocess.run(
            self.command(*arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def prepare(self, suite: str) -> None:
        """What a machine has, that a folder has not: devices, a name, ways to packages."""
        self._mount()
        run("ip", "link", "set", "lo", "up")
        (self.root / "etc/hostname").write_text("pem\n")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost pem pem.test\n")
        run("hostname", "pem")
        # The document starts what it wants started.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        self._say_where_packages_are(suite)

    def _mount(self) -> None:
        run("mount", "-t", "proc", "proc", str(self.root / "proc"))
        (self.root / "dev/shm").mkdir(exist_ok=True)
        for folder in ("dev/shm", "run", "tmp"):
            run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(self.root / folder))
        (self.root / "run").chmod(0o755)

    def _say_where_packages_are(self, suite: str) -> None:
        """As on this machine: its mirrors and its authorities, by way of the proxy."""
        etc = self.root / "etc"
        shutil.copy(CERTIFICATES, etc / "registries.pem")
        lines = [f"deb {address} {name} main\n" for address, name in mirrors(suite)]
        (etc / "apt/sources.list").write_text("".join(lines))
        for path in Path("/etc/apt/apt.conf.d").iterdir():
            if any(line.startswith("Acquire::Check-") for line in path.read_text().splitlines()):
                shutil.copy(path, etc / "apt/apt.conf.d")
        address = f"http://127.0.0.1:{PROXY}"
        (etc / "apt/apt.conf.d/80registries").write_text(
            f'Acquire::http::Proxy "{address}";\nAcquire::https::Proxy "{address}";\n'
            'Acquire::https::CAInfo "/etc/registries.pem";\n'
        )
        # It is made to be thrown away: nothing waits for the disk.
        (etc / "dpkg/dpkg.cfg.d/unsafe").write_text("force-unsafe-io\n")
        settings = {"proxy": address, "cert": "/etc/registries.pem", **_of_pip()}
        pip = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (etc / "pip.conf").write_text(f"[global]\n{pip}")
        npm = {"proxy": address, "https-proxy": address, "cafile": "/etc/registries.pem"}
        npm["registry"] = run("npm", "config", "get", "registry").strip()
        (etc / "skel/.npmrc").write_text("".join(f"{name}={npm[name]}\n" for name in npm))
        shutil.copy(etc / "skel/.npmrc", self.root / "root")

    def bring(self, source: Path) -> None:
        """Put the project there, as it is in a working tree, as a repository of git."""
        there = self.root / SOURCE.relative_to("/")
        there.mkdir(parents=True)
        listed = run(
            *("git", "-C", source, "-c", f"safe.directory={source}", "ls-files", "-z"),
            *("--cached", "--others", "--exclude-standard"),
        )
        for name in filter(None, listed.split("\0")):
            if (source / name).is_file():
                (there / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, there / name)
        git = ("git", "-C", str(there), "-c", "user.name=drill", "-c", "user.email=drill@pem.test")
        run(*git, "init", "--quiet", "--initial-branch=main")
        run(*git, "add", "--all")
        run(*git, "commit", "--quiet", "--message=The project, as it is.")
        # It is root's, and pem-deploy fetches from it.
        (self.root / "etc/gitconfig").write_text("[safe]\n\tdirectory = *\n")

    def follow(
        self, found: list[Block], variables: dict[str, str], told: Callable[[Block, float], None]
    ) -> None:
        """Run the blocks of the document in one shell of root's; tell how long each took.

        Raises:
            LabError: One failed: the end of what it said.
        """
        log = self.logs / "blocks.log"
        (self.root / "root/install.sh").write_text(script(found, variables, _MARK))
        home = {"HOME": "/root", "PATH": PATH, "LANG": "C.UTF-8", "TERM": "dumb"}
        with log.open("wb") as output:
            shell = subprocess.Popen(
                self.command("/bin/bash", "/root/install.sh"),
                env=home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        for block, seconds in _timed(found, shell, log):
            told(block, seconds)
        if shell.returncode:
            raise LabError(f"exit status {shell.returncode}\n{_end(log)}")

    @contextmanager
    def packages(self, outside: int) -> Iterator[None]:
        """Let packages be asked for during the block."""
        proxy = subprocess.Popen(
            [PYTHON, "-m", "tests.install.proxy", str(PROXY), str(outside)],
            cwd=ROOT,
            pass_fds=(outside,),
            stdin=subprocess.DEVNULL,
            stdout=(self.logs / "proxy.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: _listens(PROXY), "the proxy listens")
            yield
        finally:
            proxy.terminate()
            proxy.wait()


def _of_pip() -> dict[str, str]:
    """Which index this machine's ``pip`` asks, if it is another than the usual one."""
    listed = run(PYTHON, "-m", "pip", "config", "list")
    found = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    address = found.get("global.index-url", "").strip("'\"")
    return {"index-url": address} if address else {}


def _listens(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/tcp").read_text()


def _timed(
    found: list[Block], shell: "subprocess.Popen[bytes]", log: Path
) -> Iterator[tuple[Block, float]]:
    """The blocks, as they end; the last one may have failed."""
    current, begun, seen = None, time.monotonic(), 0
    while True:
        is_over = shell.poll() is not None
        text = log.read_text(errors="replace")
        marks = [int(line.removeprefix(_MARK)) for line in text.splitlines() if _is_mark(line)]
        for number in marks[seen:]:
            if current is not None:
                yield current, time.monotonic() - begun
            current, begun = found[number], time.monotonic()
        seen = len(marks)
        if is_over:
            break
        time.sleep(0.1)
    if current is not None and not shell.returncode:
        yield current, time.monotonic() - begun
    elif current is not None:
        raise LabError(f"{current.title}\n{current.text}\n{_end(log)}")


def _is_mark(line: str) -> bool:
    return line.startswith(_MARK) and line.removeprefix(_MARK).isdigit()


def _end(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_SHOWN:])


class Resident:
    """A machine of the residence, at the end of a cable: a network of its own."""

    MAC, ADDRESS, GATEWAY = "3c:22:fb:00:00:01", "10.0.0.101", "10.0.0.1"

    def __init__(self) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """How to run a program there."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", *arguments]

    def plug(self) -> None:
        """Lay the cable, and give both ends their addresses."""
        own = Path("/proc/self/ns/net").readlink()
        its = Path(f"/proc/{self._holder.pid}/ns/net")
        until(lambda: its.readlink() != own, "the machine has a network of its own")
        cable = ("type", "veth", "peer", "name", "eth0", "address", self.MAC)
        run("ip", "link", "add", "rez0", *cable, "netns", str(self._holder.pid))
        run("ip", "address", "add", f"{self.GATEWAY}/8", "dev", "rez0")
        run("ip", "link", "set", "rez0", "up")
        for what in (
            "link set lo up",
            f"address add {self.ADDRESS}/8 dev eth0",
            "link set eth0 up",
        ):
            run(*map(str, self.command("ip", *what.split())))
