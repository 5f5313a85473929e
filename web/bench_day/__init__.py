"""A day of delivery lived from the first order to the evening, beside the same day by hand.

Orders, doors, breakdowns, silent phones and roads are drawn from a seed, and both days have
the same. At the platform every step is a call of the real services on a real database.
"""
