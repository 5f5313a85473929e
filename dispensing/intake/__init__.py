"""Each way a prescription comes in, to the one message of ours."""
