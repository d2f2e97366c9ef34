"""What the Panier Bio reads."""
