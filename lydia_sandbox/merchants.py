"""Who is paid, and the tokens they share with Lydia."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merchant:
    """One who is paid: a public token that names them, a private one that signs."""

    name: str
    vendor_token: str
    private_token: str


INTERNET = Merchant("Internet", "sandboxinternetpublic0", "sandboxinternetsecret0")
BAR = Merchant("Bar", "sandboxbarpublictoken0", "sandboxbarsecrettoken0")


def merchants_from(environ: Mapping[str, str]) -> tuple[Merchant, Merchant]:
    """Internet and the bar, with the tokens of *environ*, else those that open nothing."""
    return (
        Merchant(
            INTERNET.name,
            environ.get("LYDIA_VENDOR_TOKEN") or INTERNET.vendor_token,
            environ.get("LYDIA_PRIVATE_TOKEN") or INTERNET.private_token,
        ),
        Merchant(
            BAR.name,
            environ.get("LYDIA_BAR_VENDOR_TOKEN") or BAR.vendor_token,
            environ.get("LYDIA_BAR_PRIVATE_TOKEN") or BAR.private_token,
        ),
    )
