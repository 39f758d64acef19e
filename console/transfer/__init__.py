"""Reading and writing a whole installation: backups, restores, and the way from SQLite to PostgreSQL.

Tables and columns are those that the database says it has, not those of today's models: so a database is read whose
schema is older than this program.
"""
