"""The version of the engine."""

ENGINE_VERSION = "0.1.0"
