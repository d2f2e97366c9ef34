"""The forms of the banners."""
