"""The orders of the key list, and the places in them at which its pages begin and end."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from keys.models import Key
from keys.models.key import KeyQuerySet

DIGITS = 18
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Order:
    """By the time of creation (its number in the account), or by alias, case ignored; `is_down` from the last one."""

    name: str
    by_alias: bool = False
    is_down: bool = False

    def cursor_of(self, key: Key) -> str:
        """The place of a key in this order, as addresses carry it."""
        return f"{key.number}{SEPARATOR}{key.alias.lower()}" if self.by_alias else str(key.number)

    def sort(self, keys: KeyQuerySet, number: str, *, backwards: bool) -> KeyQuerySet:
        """The keys in this order, or from its end; `number` is the column that has the keys' numbers."""
        sign = "-" if self.is_down != backwards else ""
        if not self.by_alias:
            return keys.order_by(f"{sign}{number}")
        return keys.alias(folded=Lower("alias")).order_by(f"{sign}folded", f"{sign}{number}")

    def beyond(self, keys: KeyQuerySet, number: str, cursor: str, *, backwards: bool) -> KeyQuerySet | None:
        """The keys that come after a cursor in this order, or before it; None where it can't be read."""
        digits, separator, alias = cursor.replace("\0", "").partition(SEPARATOR)
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS
        if not is_number or bool(separator) != self.by_alias:
            return None
        way = "lt" if self.is_down != backwards else "gt"
        further = Q(**{f"{number}__{way}": int(digits)})
        if not self.by_alias:
            return keys.filter(further)
        # The first condition says nothing new: it is what an index can begin at.
        from_here = Q(**{f"folded__{way}e": alias})
        return keys.alias(folded=Lower("alias")).filter(from_here, Q(**{f"folded__{way}": alias}) | further)


NEWEST = Order("-created", is_down=True)
ORDERS = {one.name: one for one in (NEWEST, Order("created"), Order("alias", True), Order("-alias", True, True))}


def order_named(name: str) -> Order:
    """The order of this name in an address; newest first by default."""
    return ORDERS.get(name, NEWEST)
