"""The client for an application of this process: what it hears and tells is what a wire would carry."""

import gzip

import httpx
import pytest

from app.kit.http.failures import AnswerMalformed
from app.kit.http.inside import inner_client

ADDRESS = "http://127.0.0.1/open_api/v1.3/campaign/get/?ids=%5B1%5D"


def _answering(*messages):
    heard = []

    async def application(scope, receive, send):
        heard.append((scope, await receive()))
        for message in messages:
            await send(message)

    return application, heard


def _start(*headers):
    return {"type": "http.response.start", "status": 200, "headers": list(headers)}


def _body(body, *, more=False):
    return {"type": "http.response.body", "body": body, "more_body": more}


async def test_the_application_hears_the_request_as_it_was_written():
    application, heard = _answering(_start(), _body(b"{}"))
    async with inner_client(lambda: application) as client:
        answer = await client.send(httpx.Request("POST", ADDRESS, headers={"Access-Token": "t"}, content=b'{"a": 1}'))
    ((scope, message),) = heard
    assert (scope["method"], scope["path"], scope["raw_path"], scope["query_string"]) == (
        "POST", "/open_api/v1.3/campaign/get/", b"/open_api/v1.3/campaign/get/", b"ids=%5B1%5D",
    )  # fmt: skip
    assert (b"access-token", b"t") in scope["headers"]
    assert (message["type"], message["body"]) == ("http.request", b'{"a": 1}')
    assert (answer.status_code, answer.content) == (200, b"{}")


async def test_an_answer_in_pieces_is_whole_and_unpacked_by_whoever_reads_it():
    packed = gzip.compress(b"x" * 1000)
    application, _ = _answering(_start((b"content-encoding", b"gzip")), _body(packed[:9], more=True), _body(packed[9:]))
    async with inner_client(lambda: application) as client:
        answer = await client.send(httpx.Request("GET", ADDRESS), stream=True)
        assert b"".join([chunk async for chunk in answer.aiter_bytes()]) == b"x" * 1000


@pytest.mark.parametrize("messages", [(), (_start(),), (_start(), _body(b"half", more=True))])
async def test_an_answer_without_an_end_is_none(messages):
    application, _ = _answering(*messages)
    async with inner_client(lambda: application) as client:
        with pytest.raises(AnswerMalformed):
            await client.send(httpx.Request("GET", ADDRESS))


async def test_a_closed_client_sends_nothing():
    application, heard = _answering(_start(), _body(b""))
    async with inner_client(lambda: application) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await client.send(httpx.Request("GET", ADDRESS))
    assert heard == []
