"""All arithmetic: recurrent cells, losses, optimisers, and the loops over time, compiled by Numba."""
