"""What every cloud service of the console shares. `VERSION` is the one place where this program says which it is."""

VERSION = "1.0.0"
