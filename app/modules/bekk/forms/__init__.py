"""The forms of the Bekk."""
