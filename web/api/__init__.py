"""The interface for programs: one file per face, each view validates and asks one service."""
