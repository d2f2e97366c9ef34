"""The guides: how to do things here, for each of those who do them."""
