"""Money: it moves, it is spent, and it is never made or lost."""

import contextlib
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.emulator.business_api.book import Book
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import BusinessError
from app.emulator.business_api.first import FIRST_ADVERTISER, SECOND_ADVERTISER, make_first
from app.emulator.business_api.money import count_all, move
from app.emulator.business_api.smart_plus import make_tree
from tests.emulator.business_api.support import ADVERTISER, BC, Business


async def balances(business: Business) -> Any:
    center = await business.get("bc/balance/get/", bc_id=BC)
    listed = await business.get("advertiser/balance/get/", bc_id=BC)
    (account,) = [one for one in listed["advertiser_account_list"] if one["advertiser_id"] == ADVERTISER]
    return center["account_balance"], account["account_balance"]


async def test_a_transfer_moves_money_and_stands_in_every_list(business: Business):
    center, account = await balances(business)
    common = {"bc_id": BC, "advertiser_id": ADVERTISER}
    up = await business.post("bc/transfer/", **common, transfer_type="RECHARGE", cash_amount=12.34)
    await business.post("bc/transfer/", **common, transfer_type="RECHARGE", grant_amount="5.5")
    await business.post("bc/transfer/", **common, transfer_type="REFUND", amount_info={"cash_amount": 2})
    assert await balances(business) == (pytest.approx(center - 15.84), pytest.approx(account + 15.84))
    (info,) = up["transaction_infos"]
    assert (info["transaction_type"], info["payee_account"]["account_id"]) == ("CASH", ADVERTISER)
    listed = await business.get("advertiser/transaction/get/", bc_id=BC)
    assert [(one["amount"], one["funds_type"]) for one in listed["transaction_list"]] == [
        (-2.0, "FUNDS_TYPE_CASH"),
        (5.5, "FUNDS_TYPE_GRANT"),
        (12.34, "FUNDS_TYPE_CASH"),
    ]
    accounts = await business.get("bc/account/transaction/get/", bc_id=BC, filtering={"account_ids": [ADVERTISER]})
    assert [one["transaction_type"] for one in accounts["transaction"]] == [
        "DECREASE_BALANCE",
        "INCREASE_BALANCE",
        "INCREASE_BALANCE",
    ]
    assert accounts["transaction"][-1]["transaction_id"] == info["transaction_id"]
    of_center = await business.get("bc/transaction/get/", bc_id=BC, filtering={"funds_type": "FUNDS_TYPE_CASH"})
    assert [one["amount"] for one in of_center["list"]] == [2.0, -12.34]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cash_amount": 0},
        {"cash_amount": -1},
        {"cash_amount": 0.001},
        {"cash_amount": 1e308},
        {"cash_amount": "NaN"},
        {"cash_amount": True},
        {"cash_amount": 1_000_000},
        {"cash_amount": 1, "grant_amount": 1},
        {},
        {"amount_info": {}},
        {"amount_info": {"credit_amount": 1}},
        {"cash_amount": 1, "transfer_type": "deduct"},
        {"cash_amount": 1, "advertiser_id": 7.2e18},
        {"cash_amount": 1, "transfer_level": "BC"},
    ],
)
async def test_a_transfer_that_is_wrong_moves_nothing(business: Business, wrong: dict[str, Any]):
    before = await balances(business)
    body = {"bc_id": BC, "advertiser_id": ADVERTISER, "transfer_type": "RECHARGE", **wrong}
    assert (await business.refused("POST", "bc/transfer/", **body))[0] == 40002
    assert await balances(business) == before


async def test_a_fault_before_the_effect_moves_nothing_and_one_after_it_does(business: Business):
    body = {"bc_id": BC, "advertiser_id": ADVERTISER, "transfer_type": "RECHARGE", "cash_amount": 10}
    _, account = await balances(business)
    for phase, moved in (("before", 0), ("after", 10)):
        await business.control("next-errors", {"endpoint": "bc/transfer/", "phase": phase, "cut": True})
        with pytest.raises(httpx.RemoteProtocolError):
            await business.post("bc/transfer/", **body)
        assert (await balances(business))[1] == account + moved
    await business.control("next-errors", {"endpoint": "*", "phase": "after", "code": 51010, "message": "Time out"})
    assert await business.refused("POST", "bc/transfer/", **body) == (51010, "Time out")
    assert (await balances(business))[1] == account + 20


async def test_credit_between_centers_moves_once_for_one_request_id(business: Business):
    child = await business.control("centers", {"name": "Child"})
    await business.control("deposits", {"bc_id": BC, "amount": 100, "kind": "credit"})
    body = {
        "bc_id": BC, "child_bc_id": child["bc_id"], "transfer_level": "BC", "transfer_type": "RECHARGE",
        "cash_amount": 40, "request_id": "7",
    }  # fmt: skip
    await business.post("bc/transfer/", **body)
    assert (await business.refused("POST", "bc/transfer/", **body))[0] == 40050
    money = await business.look("money")
    assert money["in"] == money["in_centers"] + money["in_advertisers"] + money["spent"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(1, 300_000), st.booleans(), st.sampled_from(["cash", "grant"])),
        st.tuples(st.just("wait"), st.integers(1, 60 * 48)),
        st.tuples(st.just("campaign"), st.integers(2_000, 90_000)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_money_is_conserved_whatever_happens(steps: list[Any]):
    book = Book(clock=lambda: 1_700_000_000.0)
    with book.turn():
        make_first(book)
        for step in steps:
            account = settle(book, book.need("advertiser", FIRST_ADVERTISER))
            match step:
                case ("wait", minutes):
                    book.move_clock(minutes * 60, freeze=True)
                case ("campaign", budget):
                    make_tree(book, account, "c", daily_budget=budget / 100, automation="MANUAL", since=book.now())
                case ("move", amount, refund, kind):
                    center = book.need("center", BC)
                    with contextlib.suppress(BusinessError):
                        move(book, center, account, kind, amount, refund=refund)
            settle(book, book.need("advertiser", FIRST_ADVERTISER))
            counted = count_all(book)
            assert counted["in"] == counted["in_centers"] + counted["in_advertisers"] + counted["spent"]
            (of_facts,) = book.store.rows("SELECT COALESCE(SUM(spend), 0) FROM facts")
            assert of_facts[0] == counted["spent"]
            for id_ in (FIRST_ADVERTISER, SECOND_ADVERTISER):
                one = book.need("advertiser", id_)
                assert min(one["cash"], one["grant"]) >= 0
    book.store.close()
