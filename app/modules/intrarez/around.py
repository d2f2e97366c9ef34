"""What this installation has around it: where its rules go, what its gateway says."""

from app.integrations.leases import Lease, MalformedLeases
from app.modules.intrarez.service.dhcp import Target
from app.modules.intrarez.service.diagnosis import Network
from app.web import installation


def target() -> Target | None:
    """Where this installation writes its rules; ``None`` if it does not."""
    settings = installation.settings()
    network = settings.network
    if network.dhcp_hosts_file is None:
        return None
    return Target(
        path=network.dhcp_hosts_file.absolute(),
        format=network.dhcp_format,
        plan=installation.plan(),
        admins=settings.admins[:1],
        nft_path=network.nft_set_file.absolute() if network.nft_set_file else None,
    )


def leases() -> list[Lease] | None:
    """The addresses that the DHCP server gave; ``None`` where they cannot be read."""
    file = installation.leases()
    try:
        return None if file is None else file.read()
    except (OSError, MalformedLeases):
        return None


def network() -> Network:
    """What the gateway says now."""
    return Network(plan=installation.plan(), gateway=installation.gateway(), leases=leases())
