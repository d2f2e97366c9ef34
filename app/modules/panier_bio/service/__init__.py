"""What the Panier Bio does."""
