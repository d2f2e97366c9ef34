"""The DHCP server's own opinion of a file of rules, where one is installed."""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from app.core.addresses import AddressPlan

logger = logging.getLogger(__name__)

#: How long a checker may think, in seconds.
PATIENCE = 20
#: Where Debian puts servers, which is not in everyone's PATH.
_SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
#: How many lines of its answer are worth reading.
_LINES = 5
#: The configuration is its standard input: security profiles often close /tmp to
#: servers, and lines keep the numbers they have in the file of rules.
_INPUT = "/dev/stdin"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    """A server that can check a configuration without running it."""

    program: str
    options: Callable[[AddressPlan], list[str]]
    #: The smallest configuration that holds a fragment, which keeps its line numbers.
    configuration: Callable[[AddressPlan, str], str]
    #: A fragment that nobody can find fault with.
    nothing: str = ""
    #: Lines that say nothing of the fault.
    noise: re.Pattern[str]


def is_installed(dhcp_format: str) -> bool:
    """Whether the server of a format is on this machine."""
    return _path(_checker(dhcp_format)) is not None


def check_with_server(dhcp_format: str, text: str, plan: AddressPlan) -> str | None:
    """Why the server would refuse a file of rules, in the last lines of its answer.

    ``None`` if it accepts it, is not installed, or cannot check anything here.
    Give it only what our own rules accept: it reads the files that it is told to.
    """
    checker = _checker(dhcp_format)
    if _path(checker) is None:
        return None
    try:
        reason = _run(checker, text, plan)
        if reason is not None and _run(checker, checker.nothing, plan) is not None:
            logger.warning("%s refuses even no rules: not consulted. %s", checker.program, reason)
            return None
    except subprocess.TimeoutExpired:
        return f"{checker.program} did not answer within {PATIENCE} seconds"
    except OSError:
        logger.warning("%s cannot be run: not consulted", checker.program, exc_info=True)
        return None
    return reason


def _run(checker: _Checker, text: str, plan: AddressPlan) -> str | None:
    """Have a configuration checked; return what is wrong with it, if anything."""
    with (
        TemporaryDirectory(prefix="dhcp-check-") as directory,
        os.fdopen(os.memfd_create("dhcp-check"), "w+b") as configuration,
    ):
        configuration.write(checker.configuration(plan, text).encode())
        configuration.seek(0)
        done = subprocess.run(  # noqa: S603  # a program found by us, options of ours
            [_path(checker) or checker.program, *checker.options(plan)],
            stdin=configuration,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={"LC_ALL": "C", "KEA_PIDFILE_DIR": directory, "KEA_LOCKFILE_DIR": "none"},
            timeout=PATIENCE,
            check=False,
        )
    if done.returncode == 0:
        return None
    return _reason(checker, done.stdout.decode(errors="replace"), done.returncode)


def _reason(checker: _Checker, answer: str, status: int) -> str:
    """What an answer says of the fault: the same each time for the same fault."""
    kept = [line.strip() for line in checker.noise.sub("", answer).splitlines() if line.strip()]
    if not kept:
        return f"{checker.program}: exit status {status}"
    return "; ".join(kept[-_LINES:]).replace(_INPUT, "rules")


def _path(checker: _Checker) -> str | None:
    return shutil.which(checker.program) or shutil.which(checker.program, path=_SBIN)


def _checker(dhcp_format: str) -> _Checker:
    try:
        return _CHECKERS["dhcpd" if dhcp_format == "isc" else dhcp_format]
    except KeyError:
        raise ValueError(f"{dhcp_format!r} is no DHCP format: {', '.join(_CHECKERS)}") from None


def _dhcpd(plan: AddressPlan, text: str) -> str:
    network = plan.network
    return (
        f"subnet {network.network_address} netmask {network.netmask} "
        f"{{ range {plan.pool.first} {plan.pool.last}; option routers {plan.gateway}; }} {text}"
    )


def _kea(plan: AddressPlan, text: str) -> str:
    return (
        '{"Dhcp4": {"interfaces-config": {"interfaces": []}, '
        '"lease-database": {"type": "memfile", "persist": false}, '
        f'"subnet4": [{{"id": 1, "subnet": "{plan.network}", '
        f'"pools": [{{"pool": "{plan.pool.first} - {plan.pool.last}"}}], '
        f'"reservations": {text}}}]}}}}'
    )


def _dnsmasq(_plan: AddressPlan, text: str) -> str:
    """Its check does not open a file of hosts: they are given one by one."""
    return "\n".join(
        line if not line or line.startswith("#") else f"dhcp-host={line}"
        for line in text.split("\n")
    )


_CHECKERS = {
    "dhcpd": _Checker(
        program="dhcpd",
        options=lambda _plan: ["-t", "-cf", _INPUT],
        configuration=_dhcpd,
        noise=re.compile(
            r"\A.*?For info, please visit [^\n]*\n|^Configuration file errors.*|^[ \t]*\^[ \t]*$",
            re.DOTALL | re.MULTILINE,
        ),
    ),
    "kea": _Checker(
        program="kea-dhcp4",
        options=lambda _plan: ["-t", _INPUT],
        configuration=_kea,
        nothing="[]",
        noise=re.compile(r"^\d{4}-\d\d-\d\d .*$", re.MULTILINE),  # its log, with the time
    ),
    "dnsmasq": _Checker(
        program="dnsmasq",
        options=lambda plan: [
            "--test",
            "--port=0",
            f"--dhcp-range={plan.pool.first},{plan.pool.last},{plan.network.netmask},5m",
            f"--conf-file={_INPUT}",
        ],
        configuration=_dnsmasq,
        noise=re.compile(r"^dnsmasq: syntax check OK\.$", re.MULTILINE),
    ),
}
