"""The rules in force on a day: documents, their figures, overlays, compiled rules."""
