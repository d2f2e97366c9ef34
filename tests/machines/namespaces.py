"""A network of our own, and the way in: what a thread opens there stays there."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.net import LabError, Namespace, run

_NEW_NETWORK = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def entered(machine: Namespace) -> Iterator[None]:
    """Be on that machine until the end of the block: this thread, and what it starts.

    Raises:
        LabError: It is not allowed here.
    """
    own = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{machine.name}", os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(own)
    finally:
        os.close(there)
        os.close(own)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, _NEW_NETWORK) != 0:
        raise LabError(os.strerror(ctypes.get_errno()))


class Bridge:
    """A front machine, which holds the bridge, and others that are plugged into it."""

    NETWORK = "10.99.0"

    def __init__(self, names: tuple[str, ...]) -> None:
        tag = os.getpid()
        self.front = Namespace(f"pem-front-{tag}")
        self.machines = {name: Namespace(f"pem-{name}-{tag}") for name in names}

    @property
    def address(self) -> str:
        """That of the front machine."""
        return f"{self.NETWORK}.1"

    def make(self) -> None:
        """Make all of it.

        Raises:
            LabError: It is not allowed here.
        """
        front = self.front
        front.make()
        front.ip("link add br0 type bridge")
        front.ip(f"address add {self.address}/24 dev br0")
        front.ip("link set br0 up")
        for number, machine in enumerate(self.machines.values(), 11):
            machine.make()
            front.ip(f"link add port{number} type veth peer name eth0 netns {machine.name}")
            front.ip(f"link set port{number} master br0 up")
            machine.ip(f"address add {self.NETWORK}.{number}/24 dev eth0")
            machine.ip("link set eth0 up")

    def remove(self) -> None:
        for machine in (*self.machines.values(), self.front):
            machine.remove()


def processes(machine: Namespace) -> list[int]:
    """The numbers of the processes that run on a machine."""
    return [int(number) for number in run("ip", "netns", "pids", machine.name).split()]
