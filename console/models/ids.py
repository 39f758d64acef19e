"""Ids in the wire's forms."""

import uuid


def hex_id() -> str:
    """A random id of 32 lowercase hex digits: accounts, users and projects."""
    return uuid.uuid4().hex


def dashed_id() -> str:
    """A random UUID with dashes: enterprise projects."""
    return str(uuid.uuid4())
