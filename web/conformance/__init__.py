"""A conformance kit: readable scenarios in Chinese, run against any implementation."""
