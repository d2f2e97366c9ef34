"""Where the pages of notifications are."""

from flask import Blueprint

from app.modules.notifications.rules.links import host_of

bp = Blueprint("notifications", __name__)

bp.add_app_template_filter(host_of, "notification_host")
