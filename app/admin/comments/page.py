"""What the inbox shows: the queue, the comment beside it, and what is to be done where there is nothing yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.accounts.models import Account, AccountKind
from app.accounts.queries import list_live_accounts
from app.admin.comments.comment_panel import Asked, OneView, read_one
from app.admin.comments.query import InboxQuery
from app.admin.comments.rows import RowView, fingerprint, view_row
from app.admin.comments.steps import Standing, Step, list_own_steps, list_steps, read_standing
from app.admin.comments.words import LANGUAGES, SOURCES, STATUSES, TABS, TROUBLES
from app.ads.connections import showing
from app.ads.connections.schemas import AdvertiserRead, ConnectionRead
from app.auth.models import Admin
from app.auth.people import list_people
from app.comments.face.listing import AdShown, count_waiting, find_posts, list_ads, list_rows
from app.comments.face.schemas import FeedRead
from app.comments.lookup import find_comments
from app.comments.sync.feeds import list_feeds
from app.comments.sync.first_reading import FirstReading, read_first_reading
from app.messages.message import Message
from app.resources import Resources

ROWS = 40
MOST_LIVE = 200
_MOST_ACCOUNTS = 1000
_MOST_PEOPLE = 200
_MOST_FRESH = 30


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to choose. `count` is None where nothing is counted."""

    href: str
    label: str
    is_current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An ad account, or a business account, whose comments cannot be read, and why."""

    name: str
    text: Message


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the chosen comments. `undo` are steps back as a form carries them."""

    label: str
    done: int
    refused: Sequence[tuple[str, str, Message]]
    undo: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The page. `accounts` of ads, `own_accounts` that post, `ads` and `people` are to choose from; `result` and
    `answered` are what was just done. `idle_consents`: where there is no account, those that open none.
    """

    query: InboxQuery
    rows: Sequence[RowView]
    top: str
    seen: str
    more_href: str
    one: OneView | None
    is_gone: bool
    tabs: Sequence[Tab]
    accounts: Sequence[AdvertiserRead]
    own_accounts: Sequence[tuple[str, str]]
    idle_consents: Sequence[ConnectionRead]
    ads: Sequence[AdShown]
    people: Sequence[tuple[str, str]]
    troubles: Sequence[Trouble]
    is_read: bool
    reading: FirstReading
    standing: Standing
    steps: Sequence[Step]
    is_emulated: bool
    viewer_id: str
    result: Result | None = None
    problem: Sequence[str] = ()
    answered: str = ""
    is_answer_to_post: bool = False
    statuses: Sequence[tuple[str, str]] = STATUSES
    sources: Sequence[tuple[str, str]] = SOURCES
    languages: Sequence[tuple[str, str]] = tuple(LANGUAGES.items())
    helps: Sequence[tuple[str, str, Sequence[str]]] = TROUBLES

    @property
    def is_done(self) -> bool:
        """Tell whether all first steps are taken."""
        return all(step.is_done for step in self.steps)

    @property
    def list_ids(self) -> str:
        return ",".join(row.id for row in self.rows)


@dataclass(frozen=True, slots=True)
class Told:
    """What a request has done, to be shown with the page."""

    asked: Asked = field(default_factory=Asked)
    result: Result | None = None
    problem: Sequence[str] = ()
    answered: str = ""
    is_answer_to_post: bool = False


async def read_inbox(app: Resources, viewer: Admin, query: InboxQuery, told: Told) -> InboxPage:
    """Collect the page."""
    accounts = (await showing.read_advertisers(app, viewer.id, limit=_MOST_ACCOUNTS, cursor=None)).items
    team = await read_team(app)
    page = await list_rows(app, query.to_wanted(viewer.id), limit=ROWS, cursor=query.cursor or None)
    rows = [view_row(row, team, post) for row, post in page.items]
    own_accounts = await read_own_accounts(app)
    one = await read_one(app, viewer, query, told.asked, [row.id for row in rows]) if query.comment else None
    chosen = query.advertiser_id or (accounts[0].advertiser_id if len(accounts) == 1 else "")
    feeds = [FeedRead.of(row) for row in await list_feeds(app)]
    names = {account.advertiser_id: account.name or account.advertiser_id for account in accounts} | dict(own_accounts)
    standing, reading = await read_standing(app), await read_first_reading(app)
    is_chosen = bool(chosen) or any(account.current for account in accounts)
    of_ads = list_steps(standing, has_accounts=bool(accounts), is_chosen=is_chosen)
    return InboxPage(
        query=query,
        rows=rows,
        top="" if query.cursor else str(page.items[0][0].position if page.items else 0),
        seen=f"{fingerprint(rows)}-0",
        more_href=query.href(cursor=page.next_cursor, comment="") if page.next_cursor else "",
        one=one,
        is_gone=bool(query.comment) and one is None,
        tabs=await read_tabs(app, query),
        accounts=accounts,
        own_accounts=own_accounts,
        idle_consents=[] if accounts or own_accounts else await showing.read_connections(app),
        ads=await list_ads(app, chosen) if chosen else (),
        people=sorted(team.items(), key=lambda person: person[1].casefold()),
        troubles=[Trouble(names[one.owner_id], one.trouble) for one in feeds if one.trouble and one.owner_id in names],
        is_read=any(one.swept_at is not None for one in feeds) and not reading.left,
        reading=reading,
        standing=standing,
        steps=list_own_steps(standing) if own_accounts and not accounts else of_ads,
        is_emulated=app.business.is_emulated,
        viewer_id=viewer.id,
        result=told.result,
        problem=told.problem,
        answered=told.answered,
        is_answer_to_post=told.is_answer_to_post,
    )


async def read_tabs(app: Resources, query: InboxQuery) -> list[Tab]:
    """The states to choose from, with how many wait in each."""
    counts = await count_waiting(app, query.advertiser_id or query.account_id)
    numbers: Mapping[str, int] = {"": counts.unread + counts.open, "unread": counts.unread, "open": counts.open}
    return [
        Tab(query.href(state=state, comment=""), label, query.state == state, numbers.get(state))
        for state, label in TABS
    ]


async def read_own_accounts(app: Resources) -> list[tuple[str, str]]:
    """Name the business accounts under whose posts comments stand."""
    async with app.read() as session:
        accounts = [one for one in await list_live_accounts(session) if one.kind is AccountKind.business]
    return [(one.id, _name_of(one)) for one in accounts]


def _name_of(account: Account) -> str:
    return account.display_name or account.username or account.open_id


async def read_team(app: Resources) -> dict[str, str]:
    """Name the people to whom a comment can be given."""
    async with app.read() as session:
        people = (await list_people(session, limit=_MOST_PEOPLE)).items
    return {person.id: person.name or person.email for person in people}


@dataclass(frozen=True, slots=True)
class LivePage:
    """What has moved in the queue since it was shown. `fresh`: so many new comments stand above it."""

    query: InboxQuery
    rows: Sequence[RowView]
    list_ids: str
    top: str
    seen: str
    fresh: int
    tabs: Sequence[Tab]


async def read_live(app: Resources, viewer: Admin, query: InboxQuery, ids: Sequence[str], top: str) -> LivePage:
    """Look at the shown rows again, whatever the filters say of them now: nothing jumps away under a hand."""
    team = await read_team(app)
    found = await find_comments(app, ids[:MOST_LIVE])
    async with app.read() as session:
        posts = await find_posts(session, list(found.values()))
    rows = [view_row(found[one], team, posts.get(one)) for one in ids if one in found]
    fresh = 0
    if top:
        newest = await list_rows(app, query.to_wanted(viewer.id), limit=_MOST_FRESH)
        fresh = sum(1 for row, _ in newest.items if row.position > int(top) and row.id not in found)
    seen = f"{fingerprint(rows)}-{fresh}"
    return LivePage(query, rows, ",".join(row.id for row in rows), top, seen, fresh, await read_tabs(app, query))
