"""Text -> documents, and what is wrong with them."""
