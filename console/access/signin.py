"""Sign-in: account, user and password; Argon2id within bounded memory."""

import threading
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher

from console.models import User

# Each call takes 19 MiB: at most two at a time in a worker, the rest wait.
_turn = threading.BoundedSemaphore(2)


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's first choice; Django's default takes 100 MiB a call)."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1

    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)


class AccountBackend(ModelBackend):
    """Django's own backend, which takes as long for an unknown user as for a wrong password; its user comes with
    the account in one read."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("account").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
