"""Where the pages of whole accounts are."""

from flask import Blueprint

bp = Blueprint("lives", __name__)
