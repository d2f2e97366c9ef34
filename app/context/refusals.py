"""How a door says no: the HTTP answers that ``app.web.errors`` makes pages of."""

from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized


class AccountNeeded(Unauthorized):
    """The page is someone's own: log in, or make an account."""


class LogInFirst(Unauthorized):
    """The page takes a right: log in first."""


class FromInsideOnly(Forbidden):
    """The page is for the residence."""


class LoggedInAlready(HTTPException):
    """The page is for who is not logged in."""

    code = 302
