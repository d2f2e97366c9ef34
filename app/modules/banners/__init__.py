"""The banners of the home page."""
