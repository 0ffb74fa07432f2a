"""Something in every room of the desks, made through the APIs by those whose work it is."""
