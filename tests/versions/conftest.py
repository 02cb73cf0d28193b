"""Fixtures that tests of two versions share."""

from support.edits import in_git

__all__ = ["in_git"]
