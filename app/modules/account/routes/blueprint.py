"""Where the pages of the account are."""

from flask import Blueprint

bp = Blueprint("account", __name__)
