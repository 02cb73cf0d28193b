"""Forms: Word templates of a regulation, filled in from a case and its decision."""
