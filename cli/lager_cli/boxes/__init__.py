"""The commands of `lager boxes`: how the boxes are that a user knows, and what he knows of them."""
