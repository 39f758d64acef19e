"""The API of AWS KMS, spoken to by its clients unmodified: a dialect of the door, whose calls are our operations."""
