"""The tables of the first revision, by what they are about."""
