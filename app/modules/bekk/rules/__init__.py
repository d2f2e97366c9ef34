"""The rules of the Bekk."""
