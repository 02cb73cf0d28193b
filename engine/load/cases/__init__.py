"""JSON, tables and answers -> cases."""
