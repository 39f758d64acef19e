"""Passwords of tests' people, hashed at the least cost: most tests make some, and few are about them."""

from console.access.signin import Argon2


class CheapArgon2(Argon2):
    time_cost, memory_cost, parallelism = 1, 8, 1


class CountingArgon2(CheapArgon2):
    """The same, which says how many passwords it has looked at."""

    looked_at = 0

    def verify(self, password: str, encoded: str) -> bool:
        CountingArgon2.looked_at += 1
        return super().verify(password, encoded)
