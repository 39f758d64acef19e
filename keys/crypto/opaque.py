"""The base of everything that holds secret bytes."""

from typing import NoReturn


class Opaque:
    """Holds secret bytes and shows none of them.

    `repr`, `str` and `format` give the class alone; pickling and copying raise TypeError, so that no cache, queue or
    process boundary gets a copy unseen. The bytes lie in `_secret`, which only modules of this folder read; templates
    can't, because Django refuses names with a leading underscore."""

    # No __dict__, so vars() and tools that print an object's attributes find nothing.
    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} can't be pickled or copied: it holds secret bytes.")

    # Python 3.11 gives every object a __getstate__ that returns the slots.
    __getstate__ = __reduce__
