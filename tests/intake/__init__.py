"""Prescriptions in, by every format."""
