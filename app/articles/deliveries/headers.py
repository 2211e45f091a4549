"""Which headers of a delivery are kept: those that say what its body means, and none that proves who sent it."""

from collections.abc import Mapping

_MEANING = (
    "content-type",
    "sanity-dataset",
    "sanity-document-id",
    "sanity-operation",
    "sanity-project-id",
    "x-contentful-topic",
    "x-drupal-event",
    "x-webhook-event",
    "x-wp-webhook-name",
)
_LONGEST = 300


def headers_of_meaning(headers: Mapping[str, str]) -> dict[str, str]:
    """Give what an adapter needs to read the body again, without signatures, tokens and whatever else a proxy adds."""
    return {name: headers[name][:_LONGEST] for name in _MEANING if name in headers}
