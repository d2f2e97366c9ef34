"""The rules of the banners."""
