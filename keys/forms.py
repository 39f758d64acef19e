"""What people fill in: forms read what was typed, and put what the domain says of it beside the fields."""

import base64
import binascii
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.models import EnterpriseProject
from console.models.enterprise import DEFAULT_ID
from console.views.pages import OperationForm
from keys import operations
from keys.errors import TagKeyLength
from keys.models import Key
from keys.operations.creation import ACTION
from keys.operations.tags import TagPair, tag_errors
from keys.specs import DEFAULT_SPEC, SPECS, KeyOrigin, KeySpec
from keys.validators import TAGS_PER_KEY

TAG_FIELD = re.compile(r"tag-(\d{1,4})-(key|value)")


def text_field(**options: Any) -> forms.CharField:
    """A text taken as it was typed: what it may be is the domain's to say."""
    return forms.CharField(required=False, strip=False, **options)


def decoded(text: str) -> bytes:
    """The bytes of Base64, whatever spaces and line breaks are in it. Raises ValidationError."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise forms.ValidationError(_("This is not Base64. Paste it whole, or choose Text.")) from None


@dataclass
class TagRow:
    """One row of tags: its number in the field names, what was typed, what is wrong and in which field."""

    number: int
    key: str = ""
    value: str = ""
    errors: list[str] = field(default_factory=list)
    wrong: str = ""

    @property
    def note(self) -> str:
        """The element with what is said of the row."""
        return f"tag-{self.number}-note"

    @property
    def key_field(self) -> str:
        return f"tag-{self.number}-key"

    @property
    def value_field(self) -> str:
        return f"tag-{self.number}-value"


class CreateKeyForm(OperationForm):
    """The dialog *Create Key*."""

    alias = text_field(label=_("Alias"))
    key_spec = text_field(label=_("Key Algorithm"))
    key_usage = text_field(label=_("Usage"))
    description = text_field(label=_("Description"))
    origin = text_field(label=_("Key material origin"))
    enterprise_project = text_field(label=_("Enterprise Project"))
    usage_for = text_field()
    token = text_field(max_length=64)

    def __init__(self, caller: Caller, data: Any = None, *, origin: str = KeyOrigin.KMS) -> None:
        self.caller = caller
        initial = {"key_spec": DEFAULT_SPEC.name, "enterprise_project": DEFAULT_ID, "token": uuid.uuid4().hex}
        initial["origin"] = origin if origin in KeyOrigin.values else KeyOrigin.KMS.value
        if data is None:
            initial["alias"] = operations.propose_alias(caller)
        super().__init__(data, initial=initial)
        self.tag_rows = list(self._read_tags())

    @classmethod
    def of(cls, request: HttpRequest, caller: Caller) -> "CreateKeyForm":
        return cls(caller, cls.data_of(request), origin=request.GET.get("origin", KeyOrigin.KMS))

    def clean(self) -> dict[str, Any]:
        """Everything that the domain finds wrong, beside its field, all at once."""
        given = self.cleaned_data
        given["description"] = given.get("description", "").replace("\r\n", "\n")
        if given.get("usage_for") and given["usage_for"] != given.get("key_spec"):
            given["key_usage"] = ""  # chosen for another algorithm: the default of this one holds
        self.key = Key(
            project=self.caller.project,
            alias=given.get("alias", ""),
            description=given["description"],
            key_spec=given.get("key_spec", ""),
            key_usage=given.get("key_usage", ""),
            origin=given.get("origin") or KeyOrigin.KMS,
        )
        for error in operations.key_errors(self.key):
            self.add_error(error.field if error.field in self.fields else None, error)
        self._check_tags()
        return given

    def check_alias_free(self) -> None:
        """What leaving the alias tells beyond its characters; on OK the operation says it, under the lock."""
        if "alias" not in self.errors:
            self.attempt(operations.check_alias_free, self.key)

    def create(self) -> Key | None:
        """Create the key; None where the operation refused, its error in the form."""
        given = self.cleaned_data
        key: Key | None = self.attempt(
            operations.create_key,
            self.caller,
            alias=given["alias"],
            key_spec=given["key_spec"],
            key_usage=given["key_usage"],
            description=given["description"],
            origin=given["origin"] or KeyOrigin.KMS,
            enterprise_project=given["enterprise_project"],
            tags=[TagPair(row.key, row.value) for row in self.tag_rows],
            token=given["token"],
        )
        return key

    def tag_change(self) -> None:
        """Carry out *Add tag* or *Delete* as pressed without JavaScript."""
        delete = str(self.data.get("delete_tag", ""))
        self.tag_rows = [row for row in self.tag_rows if str(row.number) != delete]
        if "add_tag" in self.data and self.tags_left:
            self.tag_rows.append(TagRow(max((row.number for row in self.tag_rows), default=0) + 1))

    @property
    def tags_left(self) -> int:
        return TAGS_PER_KEY - len(self.tag_rows)

    @property
    def tags_left_shown(self) -> int:
        return max(0, self.tags_left)

    @property
    def spec(self) -> KeySpec:
        return SPECS.get(self["key_spec"].value() or "", DEFAULT_SPEC)

    @property
    def chosen_usage(self) -> str:
        """The usage to show as chosen: what was picked for this very algorithm, else its default."""
        picked = self["key_usage"].value() or ""
        is_for_this = self["usage_for"].value() in {None, "", self.spec.name}
        return picked if is_for_this and self.spec.may(picked) else self.spec.default_usage

    @property
    def origins(self) -> tuple[tuple[str, str, Any], ...]:
        """Where the material can come from: code, title, and what follows from it."""
        helps = {
            KeyOrigin.KMS: _("The service generates the material. The key is enabled at once."),
            KeyOrigin.EXTERNAL: _("You import the material. Until then the key is pending import."),
        }
        return tuple((origin.value, str(origin.label), help) for origin, help in helps.items())

    @property
    def chosen_origin(self) -> str:
        return str(self["origin"].value() or KeyOrigin.KMS)

    @property
    def enterprise_projects(self) -> list[EnterpriseProject]:
        """Those that a key may be created in; none where the account has none."""
        if not self.caller.account.is_enterprise:
            return []
        found = EnterpriseProject.objects.filter(account=self.caller.account, is_enabled=True)
        offered = [one for one in found if self.caller.may(ACTION, one.pk)]
        return sorted(offered, key=lambda one: (one.eps_id != DEFAULT_ID, one.name.lower()))

    @property
    def wrong_fields(self) -> list[tuple[str, str]]:
        """(element, label) of everything that needs attention, for the list on top."""
        wrong = [(f"id_{name}", str(self.fields[name].label)) for name in self.errors if name in self.fields]
        if any(row.errors for row in self.tag_rows) or self.tags_left < 0:
            wrong.append(("tags", str(_("Tags"))))
        return wrong

    @property
    def first_wrong(self) -> str:
        """The name of the first field with an error: where the focus goes."""
        names = [name for name in self.fields if name in self.errors]
        names += [row.wrong for row in self.tag_rows if row.errors]
        return names[0] if names else ""

    @property
    def too_many_tags(self) -> bool:
        return self.tags_left < 0

    def is_valid(self) -> bool:
        return super().is_valid() and not self.wrong_fields

    def _read_tags(self) -> Iterator[TagRow]:
        rows: dict[int, TagRow] = {}
        for name in self.data:
            if match := TAG_FIELD.fullmatch(name):
                row = rows.setdefault(int(match[1]), TagRow(int(match[1])))
                setattr(row, match[2], str(self.data[name]))
        yield from (rows[number] for number in sorted(rows))

    def _check_tags(self) -> None:
        for position, error in tag_errors([TagPair(row.key, row.value) for row in self.tag_rows]):
            row = self.tag_rows[position]
            empty = isinstance(error, TagKeyLength) and not row.key
            row.errors.append(str(_("Enter a tag key, or delete this row.")) if empty else error.messages[0])
            row.wrong = row.wrong or f"tag-{row.number}-{'value' if error.field == 'tag_value' else 'key'}"


class OneFieldForm(OperationForm):
    """A single text of a key, edited in place."""

    text = text_field()

    def attempt(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().attempt(operation, *args, **kwargs)
        finally:
            if NON_FIELD_ERRORS in self.errors:
                self.add_error("text", self.errors.pop(NON_FIELD_ERRORS))


class TagForm(OperationForm):
    """A tag to add to a key."""

    tag_key = text_field(label=_("Tag key"))
    tag_value = text_field(label=_("Tag value"))
