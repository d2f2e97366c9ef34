"""The models of ``.conf_models``, made to run anywhere, and what tests ask of the machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / ".conf_models"
#: Where distributions put servers, that a user's path may lack.
PATH = os.pathsep.join([*os.get_exec_path(), "/usr/local/sbin", "/usr/sbin", "/sbin"])
#: The integration lacks nothing: there, what is missing fails.
IS_COMPLETE = os.environ.get("CI") == "true"  # noqa: TID251  # not a setting of the site


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where a program is missing: ``@needs("nft")``."""
    missing = [name for name in programs if shutil.which(name, path=PATH) is None]
    return pytest.mark.skipif(
        bool(missing) and not IS_COMPLETE, reason=f"{', '.join(missing)}: not installed here"
    )


def _may_make_networks() -> bool:
    """Whether this machine lets us have a network of our own, and a firewall in it."""
    command = ("unshare", "--net", "nft", "add", "table", "inet", "pem")
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


#: Skip where nobody may have a network of their own: some integrations allow none.
needs_root = pytest.mark.skipif(
    not _may_make_networks(), reason="nobody may make a network here, or nft is missing"
)


def model(name: str, *changes: tuple[str, str]) -> str:
    """A model, with changes: each must find something to change."""
    text = (MODELS / name).read_text()
    for old, new in changes:
        assert old in text, f"{name} does not say {old}"
        text = text.replace(old, new)
    return text


def run(*arguments: str | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a program; what it says on both outputs is in ``stdout``."""
    return subprocess.run(
        arguments,
        env={"PATH": PATH, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def free_ports(number: int) -> list[int]:
    """Ports of this machine that nobody listens to."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def install(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """Write a model in a folder, to be run from there."""
    path = folder / name
    path.write_text(model(name, *changes))
    path.chmod(0o755 if path.suffix == "" else 0o644)
    return path


def assignments(values: Iterable[tuple[str, object]]) -> str:
    """Lines of a configuration that a shell reads."""
    return "".join(f"{name}='{value}'\n" for name, value in values)
