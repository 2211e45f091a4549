"""Signed deliveries and sources for tests."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.articles.adapters.base import METHOD, PATH
from app.articles.adapters.contentful import sign_contentful
from app.articles.adapters.standard_webhooks import sign_delivery
from app.articles.schemas import SourceCreate
from app.articles.sources import NewSecret, create_source
from app.kit.ids import new_id
from app.resources import Resources

T0 = datetime(2026, 11, 21, 2, 51, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """What a CMS would send: headers and body."""

    headers: dict[str, str]
    body: bytes


async def new_source(resources: Resources, kind: str = "generic", **options: Any) -> NewSecret:
    async with resources.transaction() as session:
        return await create_source(
            session, resources.keyring, SourceCreate(name="Aimaq News", kind=kind, options=options)
        )


def sample_delivery(kind: str, secret: str, **changes: Any) -> Sample:
    """One signed delivery of the kind, changed by keyword."""
    return _SAMPLES[kind](secret, **changes)


def at(minutes: float) -> str:
    """A time of the CMS's clock, as text."""
    return (T0 + timedelta(minutes=minutes)).isoformat()


def generic_delivery(
    secret: str,
    *,
    type: str = "article.published",  # noqa: A002 - the field's name
    timestamp: Any = None,
    delivery_id: str | None = None,
    signed_at: float | None = None,
    **data: Any,
) -> Sample:
    document: dict[str, Any] = {
        "type": type,
        "data": {"id": "42", "url": "https://news.example/a/42", "title": "Жаңа мектеп ашылды 🏫", **data},
    }
    if timestamp is not None:
        document["timestamp"] = timestamp
    body = json.dumps(document, ensure_ascii=False).encode()
    return signed_generic(secret, body, delivery_id=delivery_id, signed_at=signed_at)


def signed_generic(
    secret: str, body: bytes, *, delivery_id: str | None = None, signed_at: float | None = None
) -> Sample:
    stamp = int(time.time() if signed_at is None else signed_at)
    return Sample(sign_delivery(secret, delivery_id or f"msg_{new_id()}", stamp, body), body)


def ghost_delivery(
    secret: str,
    *,
    event: str | None = "post.published",
    previous: dict[str, Any] | None = None,
    current: dict[str, Any] | None = None,
    signed_at: float | None = None,
    **changes: Any,
) -> Sample:
    post = {
        "id": "6b010718cdece61908ec51d0",
        "title": "Городской совет утвердил бюджет 🏙️",
        "url": "https://ghost.example/budget/",
        "html": "<p>Депутаты проголосовали.</p>",
        "plaintext": "Депутаты проголосовали.",
        "excerpt": "Депутаты проголосовали.",
        "status": "published",
        "visibility": "public",
        "updated_at": at(0),
        "published_at": at(0),
        "tags": [{"name": "Politics", "visibility": "public"}],
        **changes,
    }
    document = {"event": event, "post": {"current": post if current is None else current, "previous": previous or {}}}
    if event is None:
        del document["event"]
    return signed_ghost(secret, json.dumps(document).encode(), signed_at=signed_at)


def signed_ghost(secret: str, body: bytes, *, signed_at: float | None = None) -> Sample:
    stamp = str(int((time.time() if signed_at is None else signed_at) * 1000))
    signature = hmac.digest(secret.encode(), body + stamp.encode(), "sha256").hex()
    headers = {"content-type": "application/json", "x-ghost-signature": f"sha256={signature}, t={stamp}"}
    return Sample(headers, body)


def wordpress_delivery(secret: str, *, trigger: str = "post_update", before: Any = False, **changes: Any) -> Sample:
    post = {
        "ID": 7,
        "post_type": "post",
        "post_status": "publish",
        "post_password": "",
        "post_title": "Жаңа мектеп ашылды 🏫",
        "post_excerpt": "",
        "post_content": "<!-- wp:paragraph --><p>Мектеп ашылды.</p><!-- /wp:paragraph -->",
        "post_date_gmt": "2026-11-21 02:51:00",
        "post_modified_gmt": "2026-11-21 02:51:00",
        **changes,
    }
    document = {
        "post_id": post["ID"],
        "post": post,
        "post_meta": [],
        "post_before": before,
        "post_thumbnail": "https://wp.example/wp-content/uploads/c-scaled.jpg",
        "post_permalink": "https://wp.example/2026/11/mektep/",
        "taxonomies": [],
    }
    body = json.dumps(document).encode()
    signature = _sign_as_wordpress(secret, body)
    headers = {"content-type": "application/json; charset=UTF-8", "x-wp-webhook-signature": signature}
    return Sample({**headers, "x-wp-webhook-name": trigger}, body)


def strapi_delivery(secret: str, *, event: str = "entry.publish", **changes: Any) -> Sample:
    entry = {
        "id": 3,
        "documentId": "vprrjp6hbwetb03h8edjgd37",
        "title": "Жаңа мектеп ашылды 🏫",
        "slug": "mektep",
        "body": "# Тақырып\n\nМектеп **ашылды**.",
        "updatedAt": at(0),
        "publishedAt": at(0),
        "locale": "kk",
        **changes,
    }
    document = {"event": event, "createdAt": at(0), "model": "article", "uid": "api::article.article", "entry": entry}
    return bearer_delivery(secret, document)


def bearer_delivery(secret: str, document: Any) -> Sample:
    """What a sender posts that signs nothing."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {secret}"}
    return Sample(headers, json.dumps(document, ensure_ascii=False).encode())


def contentful_delivery(
    secret: str, *, topic: str = "publish", signed_at: float | None = None, **changes: Any
) -> Sample:
    document = {
        "sys": {
            "type": "Entry",
            "id": "e1",
            "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": "article"}},
            "updatedAt": at(0),
            "publishedVersion": 7,
        },
        "metadata": {"tags": []},
        "fields": {"title": {"kk": "Жаңа мектеп ашылды"}, "body": {"kk": "Мектеп ашылды."}, **changes},
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/vnd.contentful.management.v1+json",
        "x-contentful-topic": f"ContentManagement.Entry.{topic}",
        "x-contentful-timestamp": str(int((time.time() if signed_at is None else signed_at) * 1000)),
        "x-contentful-signed-headers": "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic",
        METHOD: "POST",
        PATH: "/webhooks/cms/x",
    }
    return Sample({**headers, "x-contentful-signature": sign_contentful(secret, headers, body)}, body)


def sanity_delivery(
    secret: str, *, operation: str = "create", signed_at: float | None = None, **changes: Any
) -> Sample:
    document = {"_id": "a1", "_type": "article", "_updatedAt": at(0), "title": "Жаңа мектеп ашылды", **changes}
    body = json.dumps({"body": "Мектеп ашылды.", **document}, ensure_ascii=False).encode()
    stamp = int((time.time() if signed_at is None else signed_at) * 1000)
    headers = {"content-type": "application/json", "sanity-operation": operation}
    return Sample({**headers, "sanity-webhook-signature": _sign_as_sanity(secret, stamp, body)}, body)


def _sign_as_sanity(secret: str, milliseconds: int, body: bytes) -> str:
    mac = hmac.digest(secret.encode(), f"{milliseconds}.".encode() + body, "sha256")
    return f"t={milliseconds},v1={base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def superdesk_delivery(secret: str, **changes: Any) -> Sample:
    item = {
        "guid": "urn:newsml:1",
        "type": "text",
        "pubstatus": "usable",
        "version": "1",
        "versioncreated": at(0),
        "headline": "Жаңа мектеп ашылды",
        "body_html": "<p>Мектеп ашылды.</p>",
        **changes,
    }
    return _hub_signed("x-superdesk-signature", secret, item)


def drupal_delivery(secret: str, *, event: str = "entity:node:create", **changes: Any) -> Sample:
    entity = {
        "uuid": [{"value": "u1"}],
        "type": [{"target_id": "article"}],
        "status": [{"value": True}],
        "title": [{"value": "Жаңа мектеп ашылды"}],
        "body": [{"value": "<p>Мектеп ашылды.</p>"}],
        "changed": [{"value": at(0)}],
        **changes,
    }
    return _hub_signed("x-hub-signature", secret, {"event": event, "user": {}, "entity": entity})


def directus_delivery(secret: str, *, event: str = "articles.items.update", **changes: Any) -> Sample:
    return bearer_delivery(secret, {"event": event, "collection": "articles", "keys": ["7"], "payload": {}, **changes})


def storyblok_delivery(secret: str, *, action: str = "published", **changes: Any) -> Sample:
    document = {"action": action, "text": "", "story_id": 107350, "space_id": 1, "full_slug": "news/mektep", **changes}
    body = json.dumps(document).encode()
    signature = hmac.digest(secret.encode(), body, "sha1").hex()
    return Sample({"content-type": "application/json", "webhook-signature": signature}, body)


def prismic_delivery(secret: str, **changes: Any) -> Sample:
    document = {"type": "api-update", "masterRef": "Z0ab", "documents": ["Yx1"], "secret": secret, **changes}
    document.setdefault("apiUrl", "https://news.prismic.io/api")
    return Sample({"content-type": "application/json"}, json.dumps(document).encode())


def _hub_signed(header: str, secret: str, document: Any) -> Sample:
    body = json.dumps(document, ensure_ascii=False).encode()
    signature = f"sha1={hmac.digest(secret.encode(), body, 'sha1').hex()}"
    return Sample({"content-type": "application/json", header: signature}, body)


def _sign_as_wordpress(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def signed(kind: str, secret: str, body: bytes) -> Sample:
    """Any body at all, signed as this kind of CMS does it. Prismic's secret stands in the body itself."""
    now, sha1 = time.time(), hmac.digest(secret.encode(), body, "sha1").hex()
    if kind == "generic":
        return signed_generic(secret, body)
    if kind == "ghost":
        return signed_ghost(secret, body)
    headers = dict(sample_delivery(kind, secret).headers)
    if kind == "wordpress":
        headers["x-wp-webhook-signature"] = _sign_as_wordpress(secret, body)
    elif kind == "contentful":
        headers["x-contentful-signature"] = sign_contentful(secret, headers, body)
    elif kind == "sanity":
        headers["sanity-webhook-signature"] = _sign_as_sanity(secret, int(now * 1000), body)
    elif kind in {"superdesk", "drupal"}:
        headers["x-superdesk-signature" if kind == "superdesk" else "x-hub-signature"] = f"sha1={sha1}"
    elif kind == "storyblok":
        headers["webhook-signature"] = sha1
    return Sample(headers, body)


def feed_delivery(_secret: str, **_changes: Any) -> Sample:
    """What nobody sends to a source that has a feed alone."""
    return Sample({"content-type": "application/json"}, b'{"anything": "at all"}')


_SAMPLES: dict[str, Callable[..., Sample]] = {
    "generic": generic_delivery,
    "ghost": ghost_delivery,
    "wordpress": wordpress_delivery,
    "strapi": strapi_delivery,
    "contentful": contentful_delivery,
    "sanity": sanity_delivery,
    "superdesk": superdesk_delivery,
    "drupal": drupal_delivery,
    "directus": directus_delivery,
    "storyblok": storyblok_delivery,
    "prismic": prismic_delivery,
    "feed": feed_delivery,
}
