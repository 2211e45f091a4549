"""What is there from the first day: a business center with funds, two ad accounts, three people, and a sandbox."""

from app.emulator.business_api.book import Book
from app.emulator.business_api.settings import ALL_SCOPES
from app.emulator.business_api.store import Doc

ADMIN, OPERATOR, ANALYST = "7000000000000001001", "7000000000000001003", "7000000000000001005"
FIRST_ADVERTISER, SECOND_ADVERTISER = "7200000000000000001", "7200000000000000003"
SANDBOX_ADVERTISER = "7200000000000000005"
FIRST_ACCOUNT, OFFICE_ACCOUNT = "-000BusinessDailyBulletin0000000001", "-000BusinessCityOffice000000000003"
_CENTER_CASH, _CENTER_GRANT = 10_000_000, 500_000
_ACCOUNT_CASH = 100_000


def make_first(book: Book) -> None:
    """Fill a state that nobody has used yet. Runs within a turn."""
    if book.store.recall("begun") is not None:
        return
    settings = book.settings
    book.store.remember("begun", book.now())
    book.store.remember("clock", book.store.recall("clock", {}))
    make_center(book, settings.bc_id, "Emulated Newsrooms", cash=_CENTER_CASH, grant=_CENTER_GRANT)
    for number, name, zone, country in (
        (FIRST_ADVERTISER, "Newsroom Almaty", "Asia/Almaty", "KZ"),
        (SECOND_ADVERTISER, "Newsroom Berlin", "Europe/Berlin", "DE"),
    ):
        make_advertiser(book, number, name, settings.bc_id, timezone=zone, country=country, cash=_ACCOUNT_CASH)
    make_advertiser(book, SANDBOX_ADVERTISER, "Sandbox", settings.bc_id, cash=_ACCOUNT_CASH, sandbox=True)
    _make_people(book)
    make_account(book, FIRST_ACCOUNT, "daily.bulletin", "Daily Bulletin")
    make_account(book, OFFICE_ACCOUNT, "city.office", "City Office", is_gpppa=True)
    book.store.put(
        "token",
        settings.access_token,
        {"access_token": settings.access_token, "user_id": ADMIN, "scopes": list(ALL_SCOPES), "advertiser_ids": None},
    )


def make_account(book: Book, open_id: str, username: str, display_name: str, **more: object) -> Doc:
    """Open a TikTok account."""
    account = {
        "open_id": open_id,
        "username": username,
        "display_name": display_name,
        "identity_id": book.new_id(),
        "is_business_account": True,
        "is_verified": False,
        "bio_description": "",
        "followers_count": 18_204,
        "following_count": 12,
        "comment_disabled": False,
        # A government's, a politician's or a party's: it runs no Spark Ads.
        "is_gpppa": False,
        **more,
    }
    book.store.put("account", open_id, account)
    return account


def _make_people(book: Book) -> None:
    both = (FIRST_ADVERTISER, SECOND_ADVERTISER)
    for user_id, name, role, bc_role in (
        (ADMIN, "Emulated Admin", "ADMIN", "ADMIN"),
        (OPERATOR, "Emulated Operator", "OPERATOR", "STANDARD"),
        (ANALYST, "Emulated Analyst", "ANALYST", "STANDARD"),
    ):
        person = {
            "user_id": user_id,
            "display_name": name,
            "email": f"{name.split()[1].lower()}@newsroom.example",
            "create_time": int(book.now()),
            "roles": dict.fromkeys(both, role),
            "bc_roles": {book.settings.bc_id: bc_role},
        }
        book.store.put("user", user_id, person)


def make_center(book: Book, bc_id: str, name: str, *, cash: int = 0, grant: int = 0, kind: str = "AGENCY") -> Doc:
    center = {
        "bc_id": bc_id,
        "name": name,
        "company": f"{name} Ltd",
        "currency": "USD",
        "registered_area": "KZ",
        "status": "ENABLE",
        "timezone": "Etc/GMT",
        "type": kind,
        "verification_status": "VERIFIED",
        "cash": cash,
        "grant": grant,
        "credit": 0,
    }
    book.store.put("center", bc_id, center)
    book.store.remember("money_in", book.store.recall("money_in", 0) + cash + grant)
    return center


_ADVERTISER = {
    "status": "STATUS_ENABLE",
    "role": "ROLE_ADVERTISER",
    "rejection_reason": "",
    "language": "en",
    "email": "o***@newsroom.example",
    "telephone_number": "+7******00",
    "license_no": "",
    "advertiser_account_type": "AUCTION",
    "budget_mode": "UNLIMITED",
    "grant": 0,
    "spent": 0,
    "settled": "",
}
"""What every new ad account has alike."""


def make_advertiser(
    book: Book,
    advertiser_id: str,
    name: str,
    bc_id: str,
    *,
    currency: str = "USD",
    timezone: str = "Etc/GMT",
    country: str = "KZ",
    cash: int = 0,
    company: str = "Emulated Newsrooms Ltd",
    industry: str = "290101",
    sandbox: bool = False,
    **more: object,
) -> Doc:
    """Open an ad account; what it has in it came from outside."""
    advertiser = {
        **_ADVERTISER,
        "advertiser_id": advertiser_id,
        "owner_bc_id": bc_id,
        "name": name,
        "timezone": timezone,
        "display_timezone": timezone,
        "company": company,
        "industry": industry,
        "country": country,
        "currency": currency,
        "create_time": int(book.now()),
        "cash": cash,
        "sandbox": sandbox,
        **more,
    }
    book.store.put("advertiser", advertiser_id, advertiser, owner=bc_id)
    book.store.remember("money_in", book.store.recall("money_in", 0) + cash)
    return advertiser
