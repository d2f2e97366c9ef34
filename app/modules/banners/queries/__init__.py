"""What is read of the banners."""
