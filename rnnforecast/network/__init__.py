"""A network as a whole: its parameters, its training, its predictions, its files."""
