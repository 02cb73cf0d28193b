"""A case and the rules that hold -> a decision."""
