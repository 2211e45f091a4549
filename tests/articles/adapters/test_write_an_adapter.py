"""The manual's page on adapters, followed as it stands there."""

import hmac
import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from app.articles.adapters.base import EventKind, IgnoredDelivery, ParsedDelivery, SignatureRefused
from tests import builders_articles
from tests.articles.adapters.test_mutated import ODD, mutated, places
from tests.support.manual import MANUAL, snippets


@pytest.fixture(scope="module")
def kubo() -> Any:
    code, _ = snippets("python", MANUAL["write-an-adapter"])
    module = ModuleType("kubo")
    exec(compile(code, "kubo.py", "exec"), module.__dict__)
    return module


def test_the_adapter_of_the_manual_reads_the_payload_of_the_manual(kubo):
    (payload,) = snippets("json", MANUAL["write-an-adapter"])
    secret, body = kubo.make_secret(), payload.encode()
    headers = {"x-kubo-signature": hmac.digest(secret.encode(), body, "sha256").hex()}
    assert kubo.is_signed(headers)
    kubo.verify(headers, body, [secret], datetime.now(UTC), kubo.OPTIONS())
    with pytest.raises(SignatureRefused):
        kubo.verify(headers, body + b" ", [secret], datetime.now(UTC), kubo.OPTIONS())
    news = kubo.parse(body, kubo.OPTIONS())
    assert isinstance(news, ParsedDelivery)
    assert (news.kind, news.external_id, news.draft.title) == (EventKind.published, "7", "Жаңа мектеп ашылды")
    assert news.draft.text == "Сәтбаевта жаңа мектеп ашылды."
    assert news.draft.images == [{"url": "https://kubo.example/7.jpg", "alt": "Мектеп"}]
    assert isinstance(kubo.parse(body.replace(b"publish", b"comment"), kubo.OPTIONS()), IgnoredDelivery)


def test_the_sample_of_the_manual_is_one_that_its_adapter_takes(kubo):
    _, code = snippets("python", MANUAL["write-an-adapter"])
    names = {**vars(builders_articles)}
    exec(code, names)
    sample = names["kubo_delivery"]("secret", headline="Басқа")
    kubo.verify(sample.headers, sample.body, ["secret"], datetime.now(UTC), kubo.OPTIONS())
    assert kubo.parse(sample.body, kubo.OPTIONS()).draft.title == "Басқа"


def test_the_adapter_of_the_manual_survives_what_the_others_survive(kubo):
    (payload,) = snippets("json", MANUAL["write-an-adapter"])
    document = json.loads(payload)
    for at in places(document):
        for odd in ODD:
            body = json.dumps(mutated(document, at, odd, is_removed=False)).encode()
            try:
                kubo.parse(body, kubo.OPTIONS())
            except (kubo.Invalid, ValueError) as refusal:
                assert isinstance(refusal, kubo.Invalid)  # noqa: PT017
