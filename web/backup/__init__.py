"""Backup and restore: one sealed file that holds the books as they were at one instant."""
