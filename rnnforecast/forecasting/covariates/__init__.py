"""What is known beside the target: columns of the past, of the future and of a whole series."""
