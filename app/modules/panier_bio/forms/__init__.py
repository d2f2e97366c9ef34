"""The forms of the Panier Bio."""
