"""What is done of the banners."""
