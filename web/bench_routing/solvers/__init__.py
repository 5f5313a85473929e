"""Ours and the solvers that it is compared with, each behind the same function."""
