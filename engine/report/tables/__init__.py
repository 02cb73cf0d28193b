"""The tables that an office hands up: what they say, and how they are written for Word and for spreadsheets."""
