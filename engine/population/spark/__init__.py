"""The same on several machines."""
