"""The example of a deployment: its files, and a trial that runs it."""
