"""The rules of the Panier Bio."""
