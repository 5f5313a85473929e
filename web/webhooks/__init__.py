"""Notices sent: signed by Standard Webhooks 1.0.0, to places that may be reached, in order."""
