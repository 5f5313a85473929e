"""The bureau's forms: drawn up from what was settled, looked through, signed, sent, and kept."""
