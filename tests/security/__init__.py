"""The automated checks of security: each passes on the product and fails on a bad build."""
