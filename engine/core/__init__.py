"""The small engine: Regulation + Case -> Decision. It opens no file and knows no language."""
