"""Why what the identity provider said is not taken."""


class SamlRefused(Exception):
    """A response is not good; *reason* is for the log and the audit, never for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SamlCancelled(SamlRefused):
    """The provider says that nobody logged in: they gave up, or could not."""


class MetadataRefused(Exception):
    """What should describe the identity provider does not, or not the one expected."""
