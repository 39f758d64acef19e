"""The wire: what applications call with a signed request (API contract)."""
