"""Passwords that users had before."""

from typing import ClassVar

from django.db import models

from console.models.accounts import User


class PastPassword(models.Model):
    """The hash of a password that a user had: the next ones have to differ from it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="past_passwords")
    password = models.CharField(max_length=128)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
