"""Requests as they come, and answers as they go (API contract, 4); unknown fields are ignored.

A request knows the arguments of its operation (`wish`); the functions beside it make answers."""
