"""Finding keys: one by its id, and pages of them, newest first."""

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account
from console.models.enterprise import DEFAULT_ID
from keys.calls import Call
from keys.errors import KeyNotFound
from keys.models import Key, KeyState, Tag, TaggedKey, check_usable
from keys.models.key import KeyQuerySet
from keys.operations.finding import KeyId, find
from keys.operations.permitting import is_in_project_of

DIGITS = 18
FEW = 1000
ID_DIGITS, HEXADECIMAL = 32, frozenset("0123456789abcdef")
STATES = frozenset(str(state.value) for state in KeyState)

PAGE_SIZES = (10, 20, 50)
LIST = Call.LIST_KEYS.action
TAGS = Prefetch("tagged", TaggedKey.objects.select_related("tag").order_by("id"))


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys of a project; what is empty narrows nothing, and what can't be read finds nothing.

    `state` is a state's code, `enterprise_project` an id on the wire, `tag` a tag key or `key=value`, `words` the
    beginning of an alias (case ignored) or of a key ID."""

    state: str = ""
    spec: str = ""
    usage: str = ""
    origin: str = ""
    enterprise_project: str = ""
    tag: str = ""
    words: str = ""
    is_default: bool = False

    def narrow(self, keys: "KeyQuerySet", account: Account) -> "KeyQuerySet":
        """Those of `keys`, keys of this account, that are asked for."""
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
        if self.tag:
            keys = keys.filter(_with_tag(self.tag, account))
        return keys.filter(_beginning(self.words)) if self.words else keys


def _with_tag(tag: str, account: Account) -> Q:
    """The keys with a tag: a few by their ids, where many have it by asking each in the order of the list."""
    tag_key, is_pair, value = tag.partition("=")
    tags = Tag.objects.filter(account=account, key=tag_key)
    tagged = TaggedKey.objects.filter(tag__in=tags.filter(value=value) if is_pair else tags)
    few = list(tagged.order_by().values_list("content_object", flat=True)[: FEW + 1])
    return Q(pk__in=few) if len(few) <= FEW else Q(Exists(tagged.filter(content_object=OuterRef("pk"))))


def _beginning(words: str) -> Q:
    """The keys whose alias, or whose ID with or without dashes, begins so."""
    begins = Q(alias__istartswith=words)
    digits = words.replace("-", "").lower()
    if digits and len(digits) <= ID_DIGITS and set(digits) <= HEXADECIMAL:
        first, last = (uuid.UUID(digits.ljust(ID_DIGITS, filling)) for filling in "0f")
        begins |= Q(pk__gte=first, pk__lte=last)
    return begins


@dataclass(frozen=True, slots=True)
class Page:
    """Some keys, newest first, and the cursors of the pages around them (empty where there is none)."""

    keys: list[Key]
    before: str
    after: str


ALL_CUSTOM = KeyFilter()


def get_key(caller: Caller, key_id: KeyId) -> Key:
    """The key of the caller's project with this id, its tags with it, which no grant shows.

    Raises NotPermitted, KeyIdInvalid, KeyNotFound."""
    with traced(caller, Call.DESCRIBE_KEY.trace) as trace:
        key = find(caller, trace, Call.DESCRIBE_KEY, key_id)
        if not is_in_project_of(caller, key):
            raise KeyNotFound()
        check_usable(key, Call.DESCRIBE_KEY)
        prefetch_related_objects([key], TAGS)
        return key


def list_keys(
    caller: Caller, *, wanted: KeyFilter = ALL_CUSTOM, size: int = 20, after: str = "", before: str = ""
) -> Page:
    """A page of the project's keys that are `wanted`, its custom keys by default, newest first, with their tags.

    `after` and `before` are cursors of a Page: numbers of keys. An unreadable one means the first page. Raises
    NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(LIST)
        keys = wanted.narrow(Key.objects.visible_to(caller, LIST), caller.account).select_related("enterprise_project")
        start, backwards = _position(after), False
        if not start and (start := _position(before)):
            backwards = True
        if start:
            keys = keys.filter(**{"number__gt" if backwards else "number__lt": start})
        found = list(keys.order_by("number" if backwards else "-number").prefetch_related(TAGS)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_before, has_after = (more, True) if backwards else (bool(start), more)
    return Page(found, str(found[0].number) if has_before else "", str(found[-1].number) if has_after else "")


def _position(cursor: str) -> int:
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) <= DIGITS else 0
