"""Where the pages of the school's log-in are."""

from flask import Blueprint

bp = Blueprint("sso", __name__, url_prefix="/saml")
