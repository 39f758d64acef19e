"""Traces: one record for every operation, allowed or refused, chained by MAC within its writer's stream; and what is
known of those that were archived."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models.ids import hex_id


class TraceStream(models.Model):
    """The traces of one writing process, in order; it opens with the heads of the streams before it."""

    id = models.CharField(primary_key=True, max_length=32, default=hex_id, editable=False)
    opened_at = models.DateTimeField(auto_now_add=True)
    heads_before = models.JSONField(default=dict)


class Trace(models.Model):
    """Who did what, when, from where and with what result. Ids are plain columns: a trace outlives what it names."""

    stream = models.ForeignKey(TraceStream, models.PROTECT, related_name="traces", db_index=False)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    mac = models.BinaryField()
    at = models.DateTimeField(_("time"))
    name = models.CharField(_("operation"), max_length=64)
    account_id = models.CharField(_("account ID"), max_length=32)
    project_id = models.CharField(_("project ID"), max_length=32, blank=True)
    user_id = models.CharField(_("user ID"), max_length=32, blank=True)
    user_name = models.CharField(_("user"), max_length=129, blank=True)
    resource_type = models.CharField(_("resource type"), max_length=32, blank=True)
    resource_id = models.CharField(_("resource ID"), max_length=64, blank=True)
    resource_name = models.CharField(_("resource"), max_length=255, blank=True)
    source_ip = models.CharField(_("source address"), max_length=45, blank=True)
    request_id = models.CharField(_("request ID"), max_length=32)
    status = models.PositiveSmallIntegerField(_("result"))
    error_code = models.CharField(_("error code"), max_length=16, blank=True)
    detail = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("trace"), _("traces")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="trace_sequence_once_a_stream")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Ascending, though they are read from their end: there a new entry fills its page instead of splitting it.
            models.Index(fields=["account_id", "at", "id"], name="trace_by_account"),
            models.Index(fields=["account_id", "resource_id", "at"], name="trace_by_resource"),
            models.Index(fields=["request_id"], name="trace_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"


class TraceArchive(models.Model):
    """A file that traces went into before they were removed from the database. The MAC covers all but `removed_at`.

    `runs` are by stream the sequences of its records as [first, last, MAC of the last in hexadecimal]."""

    name = models.CharField(primary_key=True, max_length=64)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    records = models.PositiveBigIntegerField()
    runs = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    archived_at = models.DateTimeField()
    mac = models.BinaryField()
    # Empty as long as its traces may still be in the database.
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
