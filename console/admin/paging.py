"""Lists of tables that may be large: looked through from their beginning, never counted."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from console.admin.typed import Paginator

MOST = 1000


class BoundedPaginator(Paginator[Any]):
    """Pages over the first 1000 rows: their ids are fetched with a LIMIT, so that nothing is counted beyond them."""

    object_list: QuerySet[Any]

    @cached_property
    def found(self) -> int:
        return len(self.object_list.values_list("pk")[: MOST + 1])

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.found > MOST
