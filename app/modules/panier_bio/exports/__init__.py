"""The files that the Panier Bio gives."""
