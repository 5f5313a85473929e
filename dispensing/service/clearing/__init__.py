"""Units of work for groups paid by heads: who belongs, what is entered, booked and cleared."""
