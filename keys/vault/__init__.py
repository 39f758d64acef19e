"""Vault's HTTP API in front of the operations: what object storage, databases, OpenStack and Vault's client libraries
speak. Every call is one call of an operation, so that states, grants, roles, limits and traces hold."""
