"""A regulation -> a document for reading, in Markdown."""
