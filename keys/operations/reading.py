"""Finding keys: one by its id, some by theirs, and pages of them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models.enterprise import DEFAULT_ID
from console.texts import uuid_of
from keys.calls import Call
from keys.errors import KeyNotFound
from keys.models import DeletionProtection, Key, KeyState, Tag, TaggedKey, check_usable
from keys.models.key import KeyQuerySet
from keys.operations.finding import KeyId, find
from keys.operations.ordering import NEWEST, Order
from keys.operations.permitting import is_in_project_of
from keys.operations.unused import FEWEST_DAYS, MOST_DAYS, unused_for

LAST_CHARACTER = "\U0010ffff"
FEW, NO_TAG = 2_500, 0
ID_DIGITS, HEXADECIMAL = 32, frozenset("0123456789abcdef")
STATES = frozenset(str(state.value) for state in KeyState)

PAGE_SIZES = (10, 20, 50)
YES, NO = "yes", "no"
LIST = Call.LIST_KEYS.action


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys of a project; what is empty narrows nothing, and what can't be read finds nothing.

    `state` is a state's code, `enterprise_project` an id on the wire, `tag` a tag key or `key=value`, `unused` the days
    in which nobody used them, `protected` yes or no, `words` the beginning of an alias (case ignored) or of a key
    ID."""

    state: str = ""
    spec: str = ""
    usage: str = ""
    origin: str = ""
    enterprise_project: str = ""
    tag: str = ""
    unused: str = ""
    protected: str = ""
    words: str = ""
    is_default: bool = False

    def narrow(self, keys: "KeyQuerySet", caller: Caller, order: Order) -> tuple["KeyQuerySet", str]:
        """Those of `keys`, keys of the caller's project, that are asked for, and the column that has their numbers."""
        number = "number"
        keys = keys.filter(is_default=self.is_default)
        if self.state:
            keys = keys.in_state(int(self.state)) if self.state in STATES else keys.none()
        for name, value in (("key_spec", self.spec), ("key_usage", self.usage), ("origin", self.origin)):
            if value:
                keys = keys.filter(**{name: value})
        if self.enterprise_project:
            of_project = Q(enterprise_project__eps_id=self.enterprise_project)
            if self.enterprise_project == DEFAULT_ID:
                of_project |= Q(enterprise_project=None)
            keys = keys.filter(of_project)
        if self.unused:
            days = int(self.unused) if self.unused.isascii() and self.unused.isdecimal() else 0
            keys = keys.filter(unused_for(days)) if FEWEST_DAYS <= days <= MOST_DAYS else keys.none()
        if self.protected:
            keys = self._of_protection(keys, DeletionProtection.objects.filter(project=caller.project).order_by())
        if self.words:
            keys = keys.filter(_beginning(self.words))
            if order.by_alias and sql.IS_SQLITE and _ids_beginning(self.words) is None:
                # Says nothing new: it is what the index begins at, where texts are compared by their code points.
                first, last = self.words.lower(), f"{self.words.lower()}{LAST_CHARACTER}"
                keys = keys.alias(folded=Lower("alias")).filter(folded__gte=first, folded__lt=last)
        if self.tag and (order.by_alias or self._narrows_further()):
            keys = _with_numbers(keys, TaggedKey.objects.filter(**self._tagged(caller)).order_by())
        elif self.tag:  # read from the tag on, in the order of the list
            having = {f"tagged__{name}": value for name, value in self._tagged(caller).items()}
            keys, number = keys.filter(**having).alias(place=F("tagged__number")), "place"
        return keys, number

    def _of_protection(self, keys: KeyQuerySet, protections: "QuerySet[DeletionProtection]") -> KeyQuerySet:
        if self.protected == YES:
            return _with_numbers(keys, protections)
        return keys.exclude(number__in=protections.values("number")) if self.protected == NO else keys.none()

    def _narrows_further(self) -> bool:
        return self != KeyFilter(tag=self.tag, is_default=self.is_default)

    def _tagged(self, caller: Caller) -> dict[str, Any]:
        """What a tag, or all tags with its key, on a key of the caller's project must be."""
        tag_key, is_pair, value = self.tag.partition("=")
        tagged = {"project": caller.project, "tag_key": tag_key}
        if not is_pair:
            return tagged
        tag = Tag.objects.filter(account=caller.account, key=tag_key, value=value).values_list("pk", flat=True).first()
        return tagged | {"tag": tag or NO_TAG}


def _with_numbers(keys: KeyQuerySet, rows: "QuerySet[TaggedKey] | QuerySet[DeletionProtection]") -> KeyQuerySet:
    """Those of `keys` whose numbers these rows have: a few are looked up each, else the list's index is read in its
    order."""
    numbers = rows.values_list("number", flat=True)
    few = list(numbers[: FEW + 1])
    if len(few) <= FEW:
        return keys.filter(number__in=few)
    return keys.alias(its_number=F("number") + 0).filter(its_number__in=numbers)  # the sum is in no index


def _beginning(words: str) -> Q:
    """The keys whose alias, or whose ID with or without dashes, begins so."""
    begins, ids = Q(alias__istartswith=words), _ids_beginning(words)
    return begins | Q(pk__gte=ids[0], pk__lte=ids[1]) if ids else begins


def _ids_beginning(words: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The first and the last ID that begin so; None where none can."""
    digits = words.replace("-", "").lower()
    if not 0 < len(digits) <= ID_DIGITS or not set(digits) <= HEXADECIMAL:
        return None
    return uuid.UUID(digits.ljust(ID_DIGITS, "0")), uuid.UUID(digits.ljust(ID_DIGITS, "f"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some keys in the order asked for, and the cursors of the pages around them (empty where there is none)."""

    keys: list[Key]
    before: str
    after: str


ALL_CUSTOM = KeyFilter()


def get_key(caller: Caller, key_id: KeyId) -> Key:
    """The key of the caller's project with this id, which no grant shows.

    Raises NotPermitted, KeyIdInvalid, KeyNotFound."""
    with traced(caller, Call.DESCRIBE_KEY.trace) as trace:
        key = find(caller, trace, Call.DESCRIBE_KEY, key_id)
        if not is_in_project_of(caller, key):
            raise KeyNotFound()
        check_usable(key, Call.DESCRIBE_KEY)
        return key


def list_keys(
    caller: Caller,
    *,
    wanted: KeyFilter = ALL_CUSTOM,
    order: Order = NEWEST,
    size: int = 20,
    after: str = "",
    before: str = "",
) -> Page:
    """A page of the project's keys that are `wanted`, its custom keys by default, newest first.

    `after` and `before` are cursors of a Page in the same order. An unreadable one means the first page. Raises
    NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(LIST)
        keys, number = wanted.narrow(Key.objects.visible_to(caller, LIST), caller, order)
        start = order.beyond(keys, number, after, backwards=False)
        backwards = start is None and (start := order.beyond(keys, number, before, backwards=True)) is not None
        ordered = order.sort(keys if start is None else start, number, backwards=backwards)
        found = list(ordered.select_related("enterprise_project")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_before, has_after = (more, True) if backwards else (start is not None, more)
    before, after = order.cursor_of(found[0]), order.cursor_of(found[-1])
    return Page(found, before if has_before else "", after if has_after else "")


def list_these(caller: Caller, key_ids: Collection[str]) -> list[Key]:
    """The project's custom keys with these ids, in the order of the list; what is no such key's id is left out.

    Raises NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(LIST)
        wanted = {parsed for one in key_ids if (parsed := uuid_of(one))}
        keys = Key.objects.visible_to(caller, LIST).filter(is_default=False, pk__in=wanted)
        return list(keys.order_by("-number"))
