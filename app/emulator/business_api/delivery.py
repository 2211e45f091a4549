"""How money flows: every full hour the ads that may deliver spend their part of the day, as far as the balance goes."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.emulator.business_api.book import Book
from app.emulator.business_api.facts import draw_share, in_hour, make_mask, make_measures, within
from app.emulator.business_api.money import balance, charge
from app.emulator.business_api.reviews import review_of
from app.emulator.business_api.standing import Tree, plant, read_span
from app.emulator.business_api.store import MEASURES, Doc
from app.emulator.business_api.times import local

# Nobody waits for more: what a clock that jumps over centuries leaves behind has not been delivered.
_MOST_DAYS = 1_100
_UNLIMITED_DAY = 10_000
_DAYS_OF_LIFETIME = 10
_COLUMNS = ("ad_id", "day", "advertiser_id", "campaign_id", "adgroup_id", "mask", "plan", *MEASURES)
_INSERT = f"INSERT OR REPLACE INTO facts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608


@dataclass
class _Candidate:
    """An ad that may deliver, and from when to when, as the clock on its account's wall counts."""

    ad: Doc
    adgroup: Doc
    campaign: Doc
    starts: datetime
    ends: datetime | None


@dataclass
class _Share:
    """What an ad is to do on one day: its plan, the hours behind it, and those to come now."""

    candidate: _Candidate
    plan: int
    done: int
    hours: int

    @property
    def cost(self) -> int:
        return within(self.plan, self.done | self.hours) - within(self.plan, self.done)


def today(book: Book, advertiser: Doc) -> str:
    return local(book.now(), advertiser["timezone"]).date().isoformat()


def settle(book: Book, advertiser: Doc) -> Doc:
    """Bring the spending of an ad account up to its last full hour, and give the account as it is then."""
    wall = _full_hour(book, advertiser)
    until = f"{wall:%Y-%m-%dT%H}"
    if advertiser["sandbox"]:
        return advertiser
    if advertiser["settled"] >= until:
        return _count_begun_hour(book, advertiser, wall) if book.settings.begun_hour_counts else advertiser
    if advertiser["settled"]:
        tree = plant(book, advertiser)
        since = max(datetime.fromisoformat(advertiser["settled"] + ":00:00"), wall - timedelta(days=_MOST_DAYS))
        _run(book, tree, _find_candidates(tree), since, wall)
        _raise_scheduled(book, tree, wall.date().isoformat())
    advertiser["settled"] = until
    book.store.change("advertiser", advertiser["advertiser_id"], advertiser)
    return advertiser


def _count_begun_hour(book: Book, advertiser: Doc, wall: datetime) -> Doc:
    """Let ads that deliver now have done this hour's part already: somebody is watching, and shall not wait for it."""
    if not book.store.has("ad", owner=advertiser["advertiser_id"]):
        return advertiser
    tree = plant(book, advertiser)
    now = local(book.now(), advertiser["timezone"])
    awake = [one for one in _find_candidates(tree) if one.starts <= now and (one.ends is None or now < one.ends)]
    rows = _read_rows(book, tree, wall.date().isoformat()) if awake else {}
    bit = 1 << wall.hour
    new = [(one, bit) for one in awake if one.ad["ad_id"] not in rows or not rows[one.ad["ad_id"]][1] & bit]
    if new:
        day = wall.date().isoformat()
        shares = _share_out(book, tree, day, new, rows)
        _write_rows(book, tree, day, shares if _charge_all(tree, shares) else _charge_by_hour(tree, shares))
        book.store.change("advertiser", advertiser["advertiser_id"], tree.advertiser)
    return tree.advertiser


def relive(book: Book, advertiser: Doc, since: float, ad_ids: set[str]) -> Doc:
    """Let some ads have delivered since then, in an account that is settled; all others did what they did."""
    tree = plant(book, advertiser)
    candidates = [one for one in _find_candidates(tree) if one.ad["ad_id"] in ad_ids]
    begun = local(since, advertiser["timezone"]).replace(minute=0, second=0, microsecond=0)
    _run(book, tree, candidates, begun, _full_hour(book, advertiser))
    book.store.change("advertiser", advertiser["advertiser_id"], advertiser)
    return advertiser


def _full_hour(book: Book, advertiser: Doc) -> datetime:
    return local(book.now(), advertiser["timezone"]).replace(minute=0, second=0, microsecond=0)


def _run(book: Book, tree: Tree, candidates: list[_Candidate], since: datetime, until: datetime) -> None:
    while candidates and since < until:
        end = min(since.replace(hour=0) + timedelta(days=1), until)
        _settle_day(book, tree, candidates, since, end.hour or 24)
        since = end


def _raise_scheduled(book: Book, tree: Tree, day: str) -> None:
    """Make daily budgets those that were set for the next day, where that day has come."""
    for adgroup_id, adgroup in tree.adgroups.items():
        if adgroup.get("scheduled_after") and adgroup["scheduled_after"] < day:
            changed = {**adgroup, "budget": adgroup["scheduled_budget"], "scheduled_budget": 0.0, "scheduled_after": ""}
            book.store.change("adgroup", adgroup_id, changed)


def _find_candidates(tree: Tree) -> list[_Candidate]:
    found = []
    zone = tree.advertiser["timezone"]
    for ad in tree.ads.values():
        adgroup, campaign = tree.adgroups[ad["adgroup_id"]], tree.campaigns[ad["campaign_id"]]
        on = all(doc["operation_status"] == "ENABLE" for doc in (ad, adgroup, campaign))
        if not on or review_of(ad, tree.now) != "pass":
            continue
        begins, ends = read_span(adgroup)
        starts = local(max(begins, ad["review"]["ends_at"], ad["created"]), zone)
        found.append(_Candidate(ad, adgroup, campaign, starts, local(ends, zone) if ends is not None else None))
    return found


def _settle_day(book: Book, tree: Tree, candidates: list[_Candidate], since: datetime, end: int) -> None:
    day = since.date().isoformat()
    rows = _read_rows(book, tree, day)
    awake = [(one, hours) for one in candidates if (hours := _hours_of(one, since, end))]
    shares = _share_out(book, tree, day, awake, rows)
    if not _charge_all(tree, shares):
        shares = _charge_by_hour(tree, shares)
    _write_rows(book, tree, day, shares)


def _read_rows(book: Book, tree: Tree, day: str) -> dict[str, tuple[str, int, int]]:
    found = book.store.rows(
        "SELECT ad_id, adgroup_id, mask, plan FROM facts WHERE advertiser_id = ? AND day = ?",
        (tree.advertiser["advertiser_id"], day),
    )
    return {ad_id: (adgroup_id, mask, plan) for ad_id, adgroup_id, mask, plan in found}


def _hours_of(candidate: _Candidate, since: datetime, end: int) -> int:
    """Give the hours of the day, from now on, at which an ad delivers; an hour that has begun does not count."""
    midnight = since.replace(hour=0)
    first = max(since.hour, -((midnight - candidate.starts) // timedelta(hours=1)))
    if candidate.ends is not None:
        end = min(end, (candidate.ends - midnight) // timedelta(hours=1))
    return make_mask(first, max(end, 0)) if first < 24 else 0


def _share_out(
    book: Book, tree: Tree, day: str, awake: list[tuple[_Candidate, int]], rows: dict[str, tuple[str, int, int]]
) -> list[_Share]:
    """Give each ad its plan: what it had this day already, or a part of what its ad group may still spend."""
    planned: dict[str, int] = defaultdict(int)
    for adgroup_id, _, plan in rows.values():
        planned[adgroup_id] += plan
    groups: dict[str, set[str]] = defaultdict(set)
    new: dict[str, int] = defaultdict(int)
    for one, _ in awake:
        groups[one.campaign["campaign_id"]].add(one.adgroup["adgroup_id"])
        new[one.adgroup["adgroup_id"]] += one.ad["ad_id"] not in rows
    shares = []
    for one, hours in awake:
        ad_id, adgroup_id = one.ad["ad_id"], one.adgroup["adgroup_id"]
        if ad_id in rows:
            _, done, plan = rows[ad_id]
        else:
            allowance = _allow(tree, one, day, len(groups[one.campaign["campaign_id"]])) - planned[adgroup_id]
            done = 0
            plan = max(allowance, 0) * draw_share(book.settings.seed, ad_id, day) // 100 // new[adgroup_id]
        shares.append(_Share(one, plan, done, hours & ~done))
    return shares


def _allow(tree: Tree, one: _Candidate, day: str, groups: int) -> int:
    """Tell what an ad group may spend on a day, by its own budget and its part of the campaign's."""
    from_campaign = _daily(one.campaign, tree.spent_by_campaign.get(one.campaign["campaign_id"], 0), None)
    ends = one.ends
    days_left = (ends - datetime.fromisoformat(day)).days + 1 if ends is not None else None
    scheduled = one.adgroup.get("scheduled_after") and one.adgroup["scheduled_after"] < day
    adgroup = {**one.adgroup, "budget": one.adgroup["scheduled_budget"]} if scheduled else one.adgroup
    from_group = _daily(adgroup, tree.spent_by_adgroup.get(adgroup["adgroup_id"], 0), days_left)
    if from_campaign is not None:
        from_campaign //= groups
    bounds = [bound for bound in (from_campaign, from_group) if bound is not None]
    return min(bounds, default=_UNLIMITED_DAY)


def _daily(doc: Doc, spent: int, days_left: int | None) -> int | None:
    budget = round((doc.get("budget") or 0) * 100)
    match doc.get("budget_mode"):
        case "BUDGET_MODE_DAY" | "BUDGET_MODE_DYNAMIC_DAILY_BUDGET":
            return budget
        case "BUDGET_MODE_TOTAL":
            left = max(budget - spent, 0)
            # The last coins go on one day: a lifetime budget comes to its end.
            part = max(days_left or _DAYS_OF_LIFETIME, 1)
            return left if left < 1_000 else left // part
        case _:
            return None


def _charge_all(tree: Tree, shares: list[_Share]) -> bool:
    """Charge what all ads want, if there is enough for that."""
    total = sum(share.cost for share in shares)
    if total > balance(tree.advertiser):
        return False
    charge(tree.advertiser, total)
    return True


def _charge_by_hour(tree: Tree, shares: list[_Share]) -> list[_Share]:
    """Let the ads go on, hour after hour, until the balance no longer covers one."""
    got: dict[str, int] = defaultdict(int)
    for hour in range(24):
        for share in shares:
            if not share.hours >> hour & 1:
                continue
            cost = in_hour(share.plan, hour)
            if cost <= balance(tree.advertiser) and balance(tree.advertiser) > 0:
                charge(tree.advertiser, cost)
                got[share.candidate.ad["ad_id"]] |= 1 << hour
    return [_Share(one.candidate, one.plan, one.done, got[one.candidate.ad["ad_id"]]) for one in shares]


def _write_rows(book: Book, tree: Tree, day: str, shares: list[_Share]) -> None:
    rows = []
    for share in shares:
        if not share.hours:
            continue
        ad, mask = share.candidate.ad, share.done | share.hours
        whole = make_measures(book.settings.seed, ad["ad_id"], day, share.plan)
        ids = (ad["advertiser_id"], ad["campaign_id"], ad["adgroup_id"])
        rows.append((ad["ad_id"], day, *ids, mask, share.plan, *(within(total, mask) for total in whole)))
        for spent, id_ in ((tree.spent_by_campaign, ids[1]), (tree.spent_by_adgroup, ids[2])):
            spent[id_] = spent.get(id_, 0) + share.cost
    if rows:
        book.store.write_many(_INSERT, rows)
        book.store.remember("facts", book.store.recall("facts", 0) + 1)
