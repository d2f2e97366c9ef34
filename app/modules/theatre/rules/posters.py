"""What has a poster."""

import enum


class PosterKind(enum.Enum):
    """What a poster is of, as addresses and names of files say it."""

    saison = "saison"
    spectacle = "spectacle"
