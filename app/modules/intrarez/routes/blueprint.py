"""Where the pages of the network are."""

from flask import Blueprint

bp = Blueprint("intrarez", __name__)
