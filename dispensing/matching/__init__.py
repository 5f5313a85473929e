"""Two registries held against each other: managed patients and insured people. Pure."""
