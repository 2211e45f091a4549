"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "access",
    "api_keys",
    "controllers",
    "cookies",
    "credentials",
    "guards",
    "logins",
    "middleware",
    "models",
    "own_password",
    "passwords",
    "people",
    "schemas",
    "second_factor",
    "service",
    "setup",
    "tokens",
]
