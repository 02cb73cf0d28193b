"""The version of the engine, and of the formats that it writes for programs."""

ENGINE_VERSION = "0.1.0"
FORMAT = 2
"""Stands as `format` in everything written for programs. Within a version members may be added, and none may be taken
away, renamed or given another meaning: see docs/records.md."""
