"""Where the pages of the calendar are."""

from flask import Blueprint

bp = Blueprint("calendar", __name__)
