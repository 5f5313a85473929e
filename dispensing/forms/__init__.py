"""The monthly form of the 两病 (调度表, T22): its numbers, and which of them cannot be."""
