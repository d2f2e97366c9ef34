"""How a door says no: the HTTP answers that ``app.web.errors`` makes pages of."""

from werkzeug.exceptions import (
    Conflict,
    Forbidden,
    HTTPException,
    ServiceUnavailable,
    Unauthorized,
)


class AccountNeeded(Unauthorized):
    """The page is someone's own: log in, or make an account."""


class LogInFirst(Unauthorized):
    """The page takes a right: log in first."""


class FromInsideOnly(Forbidden):
    """The page is for the residence."""


class LoggedInAlready(HTTPException):
    """The page is for who is not logged in."""

    code = 302


class InPersonOnly(Forbidden):
    """Nobody does this for someone else."""


class DoasOver(Conflict):
    """A form filled in for someone else, once one no longer acts for them."""


class UnderMaintenance(ServiceUnavailable):
    """The site is closed for work."""


class SecondFactorNeeded(Forbidden):
    """GRIs need a second factor, and this one has not given theirs."""
