"""What comes after a fit: newer rows, one series live, and intervals that adapt to what came."""
