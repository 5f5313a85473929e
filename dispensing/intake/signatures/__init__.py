"""Signatures of institutions: their keys, detached JWS, and SM2 with SM3."""
