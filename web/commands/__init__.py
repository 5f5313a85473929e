"""The groups of the `yaoda` command, one file each."""
