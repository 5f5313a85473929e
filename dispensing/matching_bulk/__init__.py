"""Registries of a million held against each other at once: DuckDB, and Splink for the rest."""
