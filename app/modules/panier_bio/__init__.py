"""The Panier Bio: a basket of vegetables each week, ordered by members and visitors."""
