"""How often the API was called."""

from typing import ClassVar

from django.db import models


class CallCount(models.Model):
    """The calls of one account in one day (UTC): of one operation, on one resource where there is one."""

    account_id = models.CharField(max_length=32)
    day = models.DateField()
    operation = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=64, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account_id", "day", "operation", "resource_id"], name="one_count_a_day_operation_and_resource"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation}: {self.calls}"
