"""A network of its own, where the gateway knows who answers at which address."""

import os
import shutil
import subprocess
import sys

#: Set once we are in a namespace of our own.
_INSIDE = "CHAOS_NAMESPACE"
_LINK = "pem0"


def is_apart() -> bool:
    """Whether this is a network of our own."""
    return os.environ.get(_INSIDE) == "1"  # noqa: TID251  # not the site's


def go_apart(arguments: list[str]) -> None:
    """Begin again in a network of our own, where we may make one; else go on here."""
    unshare = shutil.which("unshare")
    if is_apart() or os.geteuid() != 0 or unshare is None or shutil.which("ip") is None:
        return
    tried = subprocess.run([unshare, "--net", "true"], check=False, capture_output=True)  # noqa: S603  # ours
    if tried.returncode:
        return
    environment = os.environ | {_INSIDE: "1"}  # noqa: TID251  # not the site's
    command = [unshare, "--net", sys.executable, "-m", "tools.chaos", *arguments]
    os.execve(unshare, command, environment)  # noqa: S606  # ours


def prepare() -> None:
    """Have a link to the residence, and this machine be its gateway."""
    for words in (
        "link set lo up",
        f"link add {_LINK} type bridge",
        f"addr add 10.0.0.1/8 dev {_LINK}",
        f"link set {_LINK} up",
    ):
        _ip(words)


def meet(address: str, number: int) -> None:
    """Have somebody at an address of the residence, with a hardware address of their own."""
    if is_apart():
        mac = f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
        _ip(f"neigh replace {address} lladdr {mac} dev {_LINK} nud permanent")


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=False, capture_output=True)  # noqa: S603, S607  # ours
