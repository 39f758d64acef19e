"""What all operations of AWS KMS have in common."""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from console.access.caller import Caller
from keys.aws.errors import ParameterNotOffered
from keys.aws.names import Place
from keys.calls import Call

Content = dict[str, Any]
Asked = Callable[[Caller], Any]


class Operation(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """One operation, named as its class: its fields on the wire, the call of ours that they ask for, and the answer in
    AWS's words (bytes travel in Base64).

    The fields here are what AWS has and this server has not: to ignore them would do other than was asked for."""

    call: ClassVar[Call]

    dry_run: Any = None
    recipient: Any = None
    constraints: Any = None
    policy: Any = None
    multi_region: Any = None
    custom_key_store_id: Any = None
    xks_key_id: Any = None
    grantee_service_principal: Any = None
    retiring_service_principal: Any = None

    def ask(self, place: Place) -> Asked:
        """The call, with all that it takes but the caller. Raises what is wrong with the fields."""
        raise NotImplementedError

    def answer(self, _place: Place, _made: Any) -> Content:
        """What goes out; nothing but success, unless an operation says more."""
        return {}

    def check_offered(self) -> None:
        """Raise ParameterNotOffered where something is asked for that this server has not."""
        for field, name in zip(Operation.__struct_fields__, Operation.__struct_encode_fields__, strict=True):
            if getattr(self, field):
                raise ParameterNotOffered(name=name)


class OfKey(Operation, frozen=True, kw_only=True):
    """An operation that takes a key."""

    key_id: str
