"""A settlement platform to test against, as a program of its own: `yaoda sandbox`.

It speaks the national interface over HTTP, keeps its own books, and goes wrong on demand.
"""
