"""The site for real, under load, with everything that may happen to servers (``make chaos``)."""
