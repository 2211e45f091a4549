"""Where the secrets of sources and of their hubs stand, for a change of the key."""

from functools import partial

from app.articles.models import Source
from app.articles.models_feeds import HubSubscription
from app.articles.senders import secret_place
from app.articles.websub.book import secret_place as hub_place
from app.kit.reseal import SealedColumn

_OF_SOURCES = ("secret_encrypted", "previous_secret_encrypted", "read_token_encrypted")

SEALED = (
    *(SealedColumn(Source, name, partial(secret_place, column=name)) for name in _OF_SOURCES),
    SealedColumn(HubSubscription, "secret_encrypted", partial(hub_place, column="secret_encrypted")),
)
