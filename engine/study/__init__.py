"""Questions about one regulation."""
