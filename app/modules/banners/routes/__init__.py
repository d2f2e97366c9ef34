"""The pages of the banners."""

from app.modules.banners.routes import admin, banners, files, home, presets
from app.modules.banners.routes.blueprint import bp

__all__ = ["admin", "banners", "bp", "files", "home", "presets"]
