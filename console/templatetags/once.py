"""`{% once %}`: a part of a page that is rendered once for what it shows, and kept."""

import re
from functools import lru_cache
from typing import Any, Final

from django.db.models import Model
from django.template import Context, Library, Node, NodeList, Template
from django.template.base import FilterExpression, Parser, Token
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from console.views.pages import icons

register = Library()
KEPT: Final = 200
"""Renderings of each part, of a few KB."""
# No value can bring it in: its `<` would be escaped.
_all: list[Any] = []
MARK = re.compile(r"<anew (\d+)>")


class Anew(Node):
    """A place in a part, filled each time."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist, self.mark = nodelist, ""

    def render(self, context: Context) -> SafeString:
        return mark_safe(self.mark) if self.mark else self.nodelist.render(context)  # noqa: S308 - a number between our own brackets


class Once(Node):
    """A part, what it has been rendered for, and the places in it that are filled each time."""

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values, self.nodelist = values, nodelist
        self.anew = [one for one in nodelist.get_nodes_by_type(Anew) if isinstance(one, Anew)]
        for number, one in enumerate(self.anew):
            one.mark = f"<anew {number}>"
        # By type too: a text that is marked as safe equals one that is not.
        self.pieces = lru_cache(maxsize=KEPT, typed=True)(self._pieces)
        _all.append(self.pieces)

    def render(self, context: Context) -> SafeString:
        values = [one.resolve(context) for one in self.values.values()]
        pieces = self.pieces(get_language(), timezone.get_current_timezone_name(), *values)
        filled = (self.anew[piece].nodelist.render(context) if isinstance(piece, int) else piece for piece in pieces)
        return mark_safe("".join(filled))  # noqa: S308 - rendered by templates, every piece

    def _pieces(self, _language: str | None, _zone: str, *values: Any) -> list[str | int]:
        """HTML, and the numbers of the places between it."""
        if any(isinstance(one, Model) for one in values):
            raise TypeError("A row is equal to itself whatever it holds: give {% once %} the values that it shows.")
        part = Template("")
        part.nodelist = self.nodelist
        shown = dict(zip(self.values, values, strict=True))
        pieces = MARK.split(part.render(Context(shown | {"icons": icons()})))
        return [int(piece) if number % 2 else piece for number, piece in enumerate(pieces)]


def cache_info() -> tuple[int, ...]:
    """Hits, misses, the most that is kept, and what is kept now, of all parts in this process; as functools says it."""
    return tuple(map(sum, zip((0, 0, 0, 0), *(one.cache_info() for one in list(_all)), strict=True)))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    """`{% once name=value … %}…{% endonce %}`, `name` alone for `name=name`, knows these values alone, the icons, the
    language and the time zone: it shows nothing older than they are, and nothing of another reader's.

    In it `{% anew %}…{% endanew %}` is rendered each time, and knows what the page knows."""
    _name, *bits = token.split_contents()
    pairs = (bit.partition("=") for bit in bits)
    values = {name: parser.compile_filter(value or name) for name, _equals, value in pairs}
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(values, nodelist)


@register.tag
def anew(parser: Parser, _token: Token) -> Anew:
    """A place within `{% once %}` that is filled each time."""
    nodelist = parser.parse(("endanew",))
    parser.delete_first_token()
    return Anew(nodelist)
