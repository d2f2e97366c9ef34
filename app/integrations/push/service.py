"""Web push, as this installation has it: its keys, and whom it talks to."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from py_vapid import Vapid02

from app.integrations.push import addresses, keys
from app.integrations.push.addresses import BadEndpoint, Endpoint, NoAnswer, Resolver
from app.settings import INSTANCE, Settings

#: How long, in seconds, a push service may take to answer; how long finding it may take.
PATIENCE, FINDING = 5.0, 2.0
#: The port of https.
HTTPS = 443


class InsideAddress(BadEndpoint):
    """A host has an address that is not of the Internet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushService:
    """What is known of web push here; tests have it talk to a service of theirs."""

    public_key: str | None = None
    private_key_path: Path | None = None
    #: Whom push services may write to.
    subject: str = ""
    hosts: Sequence[str] = addresses.HOSTS
    resolve: Resolver = addresses.resolve
    is_public: Callable[[str], bool] = addresses.is_public
    port: int = HTTPS
    make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    patience: float = PATIENCE

    @property
    def is_on(self) -> bool:
        """Whether devices may ring."""
        return self.public_key is not None and self.private_key_path is not None

    def endpoint(self, address: str) -> Endpoint:
        """Where an address leads, by what it says alone.

        Raises:
            BadEndpoint: If it is not of a push service that we know.
        """
        return addresses.read(address, self.hosts)

    def check_endpoint(self, address: str) -> Endpoint:
        """Where an address leads; a host that nobody finds now is let in: sending looks again.

        Raises:
            BadEndpoint: If it is not of a push service that we know, or leads inside.
        """
        endpoint = self.endpoint(address)
        try:
            self.find(endpoint.host)
        except NoAnswer:
            return endpoint
        return endpoint

    def find(self, host: str) -> Sequence[str]:
        """The addresses of a host, all of the Internet.

        Raises:
            InsideAddress: If one of them is not.
            NoAnswer: If nobody knows them, or not in time.
        """
        found = addresses.within(FINDING, self.resolve, host)
        if not all(self.is_public(address) for address in found):
            raise InsideAddress("its host is not on the Internet")
        if not found:
            raise NoAnswer(f"{host} has no address")
        return found

    def signer(self) -> Vapid02:
        """What signs for us.

        Raises:
            OSError, ValueError: If our private key is not there, or is another's than we say.
        """
        if self.private_key_path is None:
            raise ValueError("VAPID_PRIVATE_KEY_PATH: not set")
        private = keys.read_private(self.private_key_path)
        if keys.public_of(private) != self.public_key:
            raise ValueError("VAPID_PUBLIC_KEY: not that of the key at VAPID_PRIVATE_KEY_PATH")
        return Vapid02(private)


def make_push(settings: Settings) -> PushService:
    """Web push, by the settings: off without keys, but for a developer, who is made a pair."""
    vapid = settings.vapid
    first = next(iter(settings.admins), "webmaster@localhost")
    public, path = vapid.public_key, vapid.private_key_path
    if not vapid.is_set and settings.mode == "development":
        path = INSTANCE / "vapid.pem"
        public = keys.public_of(keys.read_private(path)) if path.exists() else _made(path)
    return PushService(public_key=public, private_key_path=path, subject=f"mailto:{first}")


def _made(path: Path) -> str:
    path.parent.mkdir(exist_ok=True)
    return keys.make(path)
