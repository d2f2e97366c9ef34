"""The single sign-on of the school."""
