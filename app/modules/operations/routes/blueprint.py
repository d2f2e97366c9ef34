"""Where the pages on the running of the site live: under ``/gris``, for the GRIs."""

from flask import Blueprint

bp = Blueprint("operations", __name__)
