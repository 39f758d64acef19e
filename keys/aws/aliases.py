"""Aliases of keys."""

from functools import partial
from typing import ClassVar

from keys import operations
from keys.aws.lifecycle import page
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, Operation
from keys.calls import Call
from keys.operations.aliases import AliasList

DEFAULT_LIMIT = 50


class CreateAlias(Operation, frozen=True):
    call: ClassVar[Call] = Call.CREATE_ALIAS
    alias_name: str
    target_key_id: str

    def ask(self, place: Place) -> Asked:
        return partial(operations.create_alias, key_id=place.id_in(self.target_key_id), alias=self.alias_name)


class UpdateAlias(Operation, frozen=True):
    call: ClassVar[Call] = Call.ASSOCIATE_ALIAS
    alias_name: str
    target_key_id: str

    def ask(self, place: Place) -> Asked:
        return partial(operations.associate_alias, alias=self.alias_name, target_key_id=place.id_in(self.target_key_id))


class DeleteAlias(Operation, frozen=True):
    call: ClassVar[Call] = Call.DELETE_ALIAS
    alias_name: str

    def ask(self, _place: Place) -> Asked:
        return partial(operations.delete_alias, alias=self.alias_name)


class ListAliases(Operation, frozen=True):
    call: ClassVar[Call] = Call.LIST_ALIASES
    key_id: str = ""
    limit: int = DEFAULT_LIMIT
    marker: str = ""

    def ask(self, place: Place) -> Asked:
        key_id = place.id_in(self.key_id) or None
        return partial(operations.list_aliases, key_id=key_id, limit=self.limit, marker=self.marker)

    def answer(self, place: Place, made: AliasList) -> Content:
        aliases = [
            {
                "AliasName": one.name,
                "AliasArn": place.alias(one.name),
                "TargetKeyId": str(one.key_id),
                "CreationDate": one.created_at.timestamp(),
                "LastUpdatedDate": one.updated_at.timestamp(),
            }
            for one in made.aliases
        ]
        return {"Aliases": aliases, **page(made.next_marker)}


ALIASES: list[type[Operation]] = [CreateAlias, UpdateAlias, DeleteAlias, ListAliases]
