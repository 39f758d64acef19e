"""The crypto core: the root key, what it wraps, and the trail's MACs. It knows no Django.

Import from the modules: `keyring` (the root key's versions), `providers` and `pkcs11` (where they lie), `exporting`
(copies of them under a passphrase), `material` (key material of every key spec), `secrets` (access-key secrets and the
like), `trail` (the key of the trail's MACs), `backupfile` (files sealed in chunks), `errors`. The formats, with a
worked example, are in `docs/key-hierarchy.md`.
"""
