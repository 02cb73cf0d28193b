"""Questions about two versions of policies."""
