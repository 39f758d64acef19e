"""Tags by django-taggit: an account's pairs of key and value, shared by its keys."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from console.models import Account, Project
from keys.validators import TAG_KEY_LENGTH, TAG_VALUE_LENGTH, validate_tag_key, validate_tag_value

if TYPE_CHECKING:  # taggit has no types
    from django.db.models import Model as ItemBase
    from django.db.models import Model as TagBase
else:
    from taggit.models import ItemBase, TagBase

NAME_LENGTH = TAG_KEY_LENGTH + 1 + TAG_VALUE_LENGTH


class Tag(TagBase):
    """A tag key and its value in one account; taggit's name and slug follow from the two."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tags", verbose_name=_("account"))
    key = models.CharField(_("tag key"), max_length=TAG_KEY_LENGTH, validators=[validate_tag_key])
    value = models.CharField(_("tag value"), max_length=TAG_VALUE_LENGTH, blank=True, validators=[validate_tag_value])
    name = models.CharField(max_length=NAME_LENGTH, editable=False)
    slug = models.SlugField(max_length=NAME_LENGTH, allow_unicode=True, db_index=False, editable=False)

    objects: ClassVar[models.Manager["Tag"]] = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = _("tag"), _("tags")
        ordering: ClassVar[list[str]] = ["key", "value"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "key", "value"], name="tag_once_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

    def fill_name(self) -> None:
        """Set what taggit needs from key and value."""
        self.name = f"{self.key}={self.value}"
        self.slug = slugify(f"{self.key}-{self.value}", allow_unicode=True)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_name()
        models.Model.save(self, *args, **kwargs)


class TaggedKey(ItemBase):
    """A tag on a key. It repeats the tag key, so that the database allows one value for each; the key's project and
    number, so that the keys with a tag are read in the order of the list."""

    content_object = models.ForeignKey(
        "keys.Key", models.CASCADE, related_name="tagged", verbose_name=_("key"), db_index=False
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged", verbose_name=_("tag"))
    tag_key = models.CharField(max_length=TAG_KEY_LENGTH, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, editable=False, db_index=False)
    number = models.PositiveBigIntegerField(editable=False)

    objects: ClassVar[models.Manager["TaggedKey"]] = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = _("tag of a key"), _("tags of keys")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["content_object", "tag_key"], name="one_value_a_tag_key_on_a_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "tag_key", "number", "tag", "content_object"], name="keys_of_a_tag"),
        ]

    def __str__(self) -> str:
        return str(self.tag)
