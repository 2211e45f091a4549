"""Where the secrets of sources stand, for a change of the key."""

from functools import partial

from app.articles.models import Source
from app.articles.senders import secret_place
from app.kit.reseal import SealedColumn

SEALED = tuple(
    SealedColumn(Source, name, partial(secret_place, column=name))
    for name in ("secret_encrypted", "previous_secret_encrypted", "read_token_encrypted")
)
