"""YAML -> regulations, or every mistake in them."""
