"""Where the site is, for what is signed or sealed for it alone."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.sealing import Sealer

#: What devices show of us.
SITE_NAME = "PC est magique"


@dataclass(frozen=True, slots=True)
class Site:
    """Where we are, as the settings say, and what seals our secrets."""

    origin: str
    sealer: Sealer

    @property
    def host(self) -> str:
        """The name that passkeys are made for."""
        return urlsplit(self.origin).hostname or ""
