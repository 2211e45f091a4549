"""Tries by the class of a call, its deadline, its place before the limiter, and what an error says of the outcome."""

import asyncio
from decimal import Decimal

import httpx
import pytest

from app.tiktok_business.campaigns import CampaignCreate, OperationStatus
from app.tiktok_business.centers import TransferType
from app.tiktok_business.codes import Kind, explain, known_codes
from app.tiktok_business.errors import (
    BusinessError,
    BusinessRefused,
    BusinessThrottled,
    BusinessUnavailable,
    NoPlace,
    NotInSandbox,
    Outcome,
)
from app.tiktok_business.limiter import Place
from app.tiktok_business.sending import MOST_TRIES, Patience
from tests.tiktok_business.scripted import TOKEN, Counted, Script, make_client, told

RETRIED = [40100, 40016, 40132, 40133, 40202, 50000, 50002, 51000, 51010, 51305, 60001]
THROTTLED = [40100, 40016, 40132, 40133]
FINAL = [40000, 40001, 40002, 40050, 40102, 40105, 40201, 40300, 40700, 51065, 49999, 12345]
REACHED_NOBODY = httpx.ConnectError("no")
CUT = httpx.ReadError("reset")


async def read(client):
    return await client.campaigns.list_campaigns("1")


async def rewrite(client):
    return await client.campaigns.update_status("1", ["2"], OperationStatus.DISABLE)


async def transfer(client):
    return await client.centers.transfer("9", "1", TransferType.RECHARGE, Decimal("10.00"))


@pytest.mark.parametrize("code", RETRIED)
@pytest.mark.parametrize("call", [read, rewrite])
async def test_what_passes_later_is_tried_again_for_a_read_and_for_a_write_that_may_be_repeated(call, code):
    script = Script(told(code=code, message="wait"), told({"list": []}))
    await call(make_client(script))
    assert len(script.asked) == 2


@pytest.mark.parametrize("code", FINAL)
async def test_what_does_not_pass_later_is_asked_once(code):
    script = Script(told(code=code, message="no"))
    with pytest.raises(BusinessError) as refused:
        await read(make_client(script))
    assert len(script.asked) == 1
    assert refused.value.tiktok_code == code
    assert refused.value.request_id == f"req-{code}"
    assert refused.value.log_id == "log-1"
    assert refused.value.said == "no"
    assert refused.value.meaning.cause
    assert refused.value.meaning.cure


@pytest.mark.parametrize(
    "step", [REACHED_NOBODY, CUT, httpx.ReadTimeout("late"), httpx.Response(503), httpx.Response(429)]
)
async def test_network_faults_429_and_5xx_are_tried_again(step):
    script = Script(step, told({"list": []}))
    await rewrite(make_client(script))
    assert len(script.asked) == 2


@pytest.mark.parametrize("step", [told(code=code) for code in THROTTLED] + [REACHED_NOBODY, httpx.Response(429)])
async def test_an_unrepeatable_write_is_tried_again_where_it_surely_did_not_happen(step):
    script = Script(step, told({"transaction_infos": [{"transaction_id": 7, "transaction_type": "CASH"}]}))
    done = await transfer(make_client(script))
    assert len(script.asked) == 2
    assert done.transaction_infos[0].transaction_id == "7"


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (CUT, Outcome.unknown),
        (httpx.ReadTimeout("late"), Outcome.unknown),
        (httpx.RemoteProtocolError("odd"), Outcome.unknown),
        (httpx.Response(502, text="<html>"), Outcome.unknown),
        (httpx.Response(200, text="<html>"), Outcome.unknown),
        (told(code=50000), Outcome.unknown),
        (told(code=51010), Outcome.unknown),
        (told(code=40700), Outcome.unknown),
        (told(code=40202), Outcome.not_done),
        (told(code=60001), Outcome.not_done),
        (told(code=40002), Outcome.not_done),
        (httpx.Response(404, text="404 page not found"), Outcome.not_done),
    ],
)
async def test_an_unrepeatable_write_that_was_perhaps_done_is_never_sent_again(step, outcome):
    script = Script(step)
    with pytest.raises(BusinessError) as lost:
        await transfer(make_client(script))
    assert len(script.asked) == 1
    assert lost.value.outcome is outcome


async def test_a_refusal_after_a_lost_answer_leaves_the_outcome_open():
    script = Script(CUT, told(code=40002))
    with pytest.raises(BusinessRefused) as refused:
        await rewrite(make_client(script))
    assert refused.value.outcome is Outcome.unknown
    assert refused.value.tries == 2


async def test_a_lost_read_leaves_nothing_open():
    with pytest.raises(BusinessUnavailable) as lost:
        await read(make_client(Script(CUT)))
    assert lost.value.outcome is Outcome.not_done
    assert lost.value.tries == MOST_TRIES


async def test_a_create_with_a_request_id_may_be_repeated_and_one_without_may_not():
    for request_id, tries in (("77", 2), (None, 1)):
        new = CampaignCreate(advertiser_id="1", campaign_name="x", objective_type="TRAFFIC", request_id=request_id)
        script = Script(CUT, told({"campaign_id": "5"}))
        client = make_client(script)
        if tries == 2:
            assert (await client.campaigns.create(new)).campaign_id == "5"
        else:
            with pytest.raises(BusinessUnavailable):
                await client.campaigns.create(new)
        assert len(script.asked) == tries


async def test_the_whole_call_has_one_deadline():
    asked = []

    async def hang(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        await asyncio.Future()
        raise AssertionError

    client = make_client(httpx.MockTransport(hang), patience=Patience(deadline=0.05))
    with pytest.raises(BusinessUnavailable) as late:
        await transfer(client)
    assert late.value.outcome is Outcome.unknown
    assert len(asked) == 1


async def test_every_try_takes_a_place_and_a_breach_is_told():
    limiter = Counted()
    script = Script(told(code=40100, message="Too many requests per minute"), told({"list": []}))
    await read(make_client(script, limiter=limiter, patience=Patience(caller="gateway", turn=12.0)))
    assert [(place.endpoint, place.caller, place.patience) for place in limiter.places] == [
        ("campaign/get/", "gateway", 12.0)
    ] * 2
    assert limiter.throttled == [40100]


async def test_who_cannot_wait_for_the_end_of_a_pause_is_told_how_long_it_is():
    script = Script(told(code=40100))
    with pytest.raises(BusinessThrottled) as throttled:
        await read(make_client(script, limiter=Counted(pause=300.0), patience=Patience(turn=12.0)))
    assert len(script.asked) == 1
    assert throttled.value.retry_after == 300.0


async def test_without_a_place_nothing_is_sent():
    class Full(Counted):
        async def wait(self, place: Place) -> None:
            raise NoPlace(place.endpoint, 41.5)

    script = Script(told())
    with pytest.raises(NoPlace) as full:
        await transfer(make_client(script, limiter=Full()))
    assert (script.asked, full.value.retry_after, full.value.outcome) == ([], 41.5, Outcome.not_done)


async def test_the_sandbox_s_gaps_are_refused_by_name_before_a_call():
    script = Script(told({"list": []}))
    client = make_client(script, base_url="https://sandbox-ads.tiktok.com")
    await read(client)
    with pytest.raises(NotInSandbox, match=r"bc/transfer/") as refused:
        await transfer(client)
    with pytest.raises(NotInSandbox):
        await client.reports.check_task("1", "2")
    assert refused.value.meaning.kind is Kind.sandbox
    assert len(script.asked) == 1


async def test_no_secret_stands_in_an_error_or_a_log(caplog, capsys):
    script = Script(told(code=40105, message=f"access_token={TOKEN} is wrong"))
    client = make_client(script)
    with pytest.raises(BusinessRefused) as refused:
        await read(client)
    shown = f"{refused.value!r} {refused.value} {refused.value.said} {client!r} {client.sender!r}"
    assert TOKEN not in shown + caplog.text + capsys.readouterr().out


def test_a_code_that_is_not_documented_is_a_refusal_and_said_to_be_unknown():
    assert (explain(47110815).kind, explain(47110815).is_known, explain(47110815).is_retryable) == (
        Kind.parameter,
        False,
        False,
    )
    assert explain(50999).is_lost
    assert len(known_codes()) > 60
