"""Where the pages of the banners are."""

from flask import Blueprint

bp = Blueprint("banners", __name__)
