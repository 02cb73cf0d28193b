"""A regulation as rules of durable-rules."""
