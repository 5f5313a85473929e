"""Which cities are planned as jobs: from a file, or so many alike."""
