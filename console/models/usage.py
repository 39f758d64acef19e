"""How often the API was called."""

from typing import ClassVar

from django.db import models


class CallCount(models.Model):
    """The calls of one user in one day (UTC): of one operation, on one resource where there is one.

    They are the calls of his account, whosever the resource is; `last_at` is when the last of them succeeded."""

    account_id = models.CharField(max_length=32)
    day = models.DateField()
    operation = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=64, blank=True)
    user_name = models.CharField(max_length=129, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account_id", "day", "operation", "resource_id", "user_name"],
                name="one_count_a_day_operation_resource_and_user",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["resource_id", "day"], name="calls_by_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation}: {self.calls}"
