"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "business.access",
    "business.portal_settings",
    "business_account",
    "connect.disconnect",
    "connect.pending",
    "controllers",
    "emulated_routes",
    "errors",
    "holds",
    "models",
    "queries",
    "schemas",
    "tokens.access",
    "tokens.clients",
    "tokens.credentials",
    "tokens.lives",
    "tokens.reconnect",
    "tokens.refresh",
    "tokens.vault",
    "update",
]
