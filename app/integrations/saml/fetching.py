"""Fetching a short document from a server that may be slow, endless, or worse.

The work is done by this same file, run as a program: whatever the server does
to it, it is over in time. It imports nothing of ours.
"""

import subprocess
import sys
from pathlib import Path

import urllib3

#: How long it may take to connect, and in all, in seconds.
CONNECT, TOTAL = 3.0, 10.0


class NotFetched(Exception):
    """The document did not come; the text says why."""


def fetched(url: str, *, longest: int, seconds: float = TOTAL) -> bytes:
    """What is at an address: no longer than *longest*, and come within so many *seconds*.

    Raises:
        NotFetched: If it is not there, or longer, or later.
    """
    command = [sys.executable, "-I", str(Path(__file__)), url, str(longest), str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603  # this file
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotFetched(f"not there after {seconds:g} s") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise NotFetched(lines[-1][:200] if lines else "no answer")
    return done.stdout


def _main(url: str, longest: int, seconds: float) -> None:
    """Write what is at an address on the standard output, or end with a word on why not."""
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=min(CONNECT, seconds), read=seconds), retries=False
    )
    try:
        response = pool.request(
            "GET",
            url,
            headers={"Accept-Encoding": "identity"},
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        if response.status != 200:
            sys.exit(f"HTTP {response.status}")
        body = response.read(longest + 1)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        sys.exit(f"no answer: {type(error).__name__}")
    if len(body) > longest:
        sys.exit("too long")
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
