"""Writing to the GRIs, and who they are."""
