"""What a regulation is."""
