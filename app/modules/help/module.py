"""The guides, as the application sees them."""

from app.modules.help.routes import bp
from app.web.module import Module

module = Module(name="help", blueprints=(bp,))
