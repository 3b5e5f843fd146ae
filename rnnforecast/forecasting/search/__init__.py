"""Which settings would have forecast best: candidates, the trials of each, and how a search picks the next."""
