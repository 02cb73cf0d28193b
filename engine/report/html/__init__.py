"""Pages to hand on or print."""
