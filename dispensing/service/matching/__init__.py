"""Matching as units of work: take a registry, run, read the lists, answer, enrol."""
