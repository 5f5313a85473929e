"""Lists that a bureau lays beside the claims: what they are, and how a file of one is read."""
