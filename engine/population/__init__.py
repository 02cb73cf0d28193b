"""The answers of the engine for very many cases, fast."""
