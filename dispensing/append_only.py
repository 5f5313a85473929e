"""Tables whose rows the database itself refuses to change or delete: as in `pharmacies`."""

from pharmacies.append_only import guard

__all__ = ["guard"]
