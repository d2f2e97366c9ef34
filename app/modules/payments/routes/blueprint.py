"""The blueprint of money."""

from flask import Blueprint

bp = Blueprint("payments", __name__)
