"""Passwords of tests' people, hashed at the least cost: most tests make some, and few are about them."""

from console.access.signin import Argon2


class CheapArgon2(Argon2):
    time_cost, memory_cost, parallelism = 1, 8, 1
