"""Where the pages of the contact are."""

from flask import Blueprint

bp = Blueprint("contact", __name__)
