"""Prescriptions as FHIR bundles, R4B and R5: read, and written again with every field."""
