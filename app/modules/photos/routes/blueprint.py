"""Where the pages of the photos are."""

from flask import Blueprint

bp = Blueprint("photos", __name__)
