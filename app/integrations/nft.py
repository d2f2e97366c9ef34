"""The firewall's own opinion of a batch, where it is installed."""

import logging
import shutil
import subprocess

logger = logging.getLogger(__name__)

#: How long it may think, in seconds.
PATIENCE = 20
_SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
#: A batch that nobody can find fault with.
_NOTHING = "table inet pem\n"


def is_installed() -> bool:
    """Whether there is a firewall on this machine."""
    return _path() is not None


def check_with_nft(text: str) -> str | None:
    """Why the firewall would refuse a batch, in the last line of its answer.

    ``None`` if it accepts it, is not installed, or may not check anything here.
    """
    if _path() is None:
        return None
    try:
        reason = _run(text)
        if reason is not None and _run(_NOTHING) is not None:
            logger.info("nft may check nothing here: not consulted. %s", reason)
            return None
    except subprocess.TimeoutExpired:
        return f"nft did not answer within {PATIENCE} seconds"
    except OSError:
        logger.warning("nft cannot be run: not consulted", exc_info=True)
        return None
    return reason


def load(text: str) -> str | None:
    """Have the firewall take a batch, as a whole or not at all; why it would not, if so.

    Raises:
        OSError: If it cannot be run.
    """
    return _run(text, check_only=False)


def _run(text: str, *, check_only: bool = True) -> str | None:
    done = subprocess.run(  # noqa: S603  # a program found by us, options of ours
        [_path() or "nft", *(["-c"] if check_only else []), "-f", "-"],
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"LC_ALL": "C"},
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stdout.decode(errors="replace").splitlines()]
    said = next((line for line in lines if line), f"exit status {done.returncode}")
    return f"nft: {said[:200]}"


def _path() -> str | None:
    return shutil.which("nft") or shutil.which("nft", path=_SBIN)
