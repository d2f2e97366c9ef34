"""Photos: from a memory card to an album, and only to those who may."""
