"""Calls of the cloud that this server only knows: dedicated key stores, multi-region keys, policies, access points."""

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.errors import NotOffered


def list_none(caller: Caller, call: Call) -> list[str]:
    """All that there is of what `call` lists: nothing, and never will be. Raises NotPermitted."""
    with traced(caller, call.trace):
        caller.require(call.action)
        return []


def refuse(caller: Caller, call: Call) -> None:
    """Raise NotPermitted, or else NotOffered."""
    with traced(caller, call.trace):
        caller.require(call.action)
        raise NotOffered()
