"""The groups of checks, a file each."""
