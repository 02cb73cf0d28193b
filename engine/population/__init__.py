"""The answers of the engine for very many cases, by SQL."""
