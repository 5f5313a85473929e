"""How one region writes the national messages: names, kinds, code tables, transactions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dispensing.intake.national.values import Kind, Manner

_NO_CODES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CodeTable:
    """The codes of one field with their names, and how far their source is to be trusted.

    `own` has what this region writes for another code of the national table.
    """

    name: str
    codes: Mapping[str, str]
    tag: str
    source: str
    own: Mapping[str, str] = field(default_factory=lambda: _NO_CODES)

    def inward(self, code: str) -> str:
        """Give the national code of what the region writes."""
        return self.own.get(code, code)

    def outward(self, code: str) -> str:
        """Give what the region writes for a national code."""
        return next((ours for ours, theirs in self.own.items() if theirs == code), code)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: our name for it, the region's, other spellings seen, and what goes in."""

    name: str
    wire: str
    kind: Kind
    required: bool = False
    table: str = ""
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Give every spelling that is read, the region's own first."""
        return tuple(
            dict.fromkeys((self.wire, self.name, camel(self.name), *self.also))
        )


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction: our code for it, the region's number and path, and its two nodes."""

    code: str
    number: str
    path: str
    title: str
    takes: str
    gives: str


@dataclass(frozen=True, slots=True)
class Region:
    """The messages of one region."""

    name: str
    title: str
    manner: Manner
    nodes: Mapping[str, tuple[Field, ...]]
    tables: Mapping[str, CodeTable]
    transactions: Mapping[str, Transaction]

    def transaction(self, number: str) -> Transaction | None:
        """Find a transaction by the region's own number."""
        found = self.transactions.values()
        return next((one for one in found if one.number == number), None)

    def name_of(self, table: str, code: str) -> str | None:
        """Give the printed name of a code, or None where the table does not have it."""
        return self.tables[table].codes.get(code)


def camel(name: str) -> str:
    """Write a name as the D-series does.

    >>> camel("mdtrt_cert_type")
    'mdtrtCertType'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def fields_of(region: Region, node: str) -> Iterator[Field]:
    """Walk through the fields of a node in the order in which the region writes them."""
    yield from region.nodes[node]
