"""How objects stand: `secondary_status`, worked out of all that bears on them."""

from collections import defaultdict
from dataclasses import dataclass, field

from app.emulator.business_api.book import Book
from app.emulator.business_api.money import balance
from app.emulator.business_api.reviews import review_of
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_stamp


@dataclass
class Tree:
    """All objects of one ad account, and what they have spent of their lifetime budgets."""

    advertiser: Doc
    now: float
    campaigns: dict[str, Doc]
    adgroups: dict[str, Doc]
    ads: dict[str, Doc]
    spent_by_campaign: dict[str, int]
    spent_by_adgroup: dict[str, int]
    ads_of: dict[str, list[Doc]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_broke(self) -> bool:
        return balance(self.advertiser) <= 0


def plant(book: Book, advertiser: Doc, *, campaigns_only: bool = False) -> Tree:
    """Read the objects of an ad account, whose spending was settled before."""
    owner = advertiser["advertiser_id"]
    tree = Tree(
        advertiser=advertiser,
        now=book.now(),
        campaigns={one["campaign_id"]: one for one in book.store.find("campaign", owner=owner)},
        adgroups={},
        ads={},
        spent_by_campaign={},
        spent_by_adgroup={},
    )
    tree.spent_by_campaign = _spent(book, "campaign_id", tree.campaigns)
    if campaigns_only:
        return tree
    tree.adgroups = {one["adgroup_id"]: one for one in book.store.find("adgroup", owner=owner)}
    tree.ads = {one["ad_id"]: one for one in book.store.find("ad", owner=owner)}
    tree.spent_by_adgroup = _spent(book, "adgroup_id", tree.adgroups)
    for ad in tree.ads.values():
        tree.ads_of[ad["adgroup_id"]].append(ad)
    return tree


def _spent(book: Book, column: str, docs: dict[str, Doc]) -> dict[str, int]:
    """Add up what was spent of lifetime budgets; of others nobody asks, and a year of figures is long."""
    ids = [id_ for id_, doc in docs.items() if doc.get("budget_mode") == "BUDGET_MODE_TOTAL"]
    if not ids:
        return {}
    owner = docs[ids[0]]["advertiser_id"]
    sql = f"SELECT {column}, SUM(spend) FROM facts WHERE advertiser_id = ? GROUP BY {column}"  # noqa: S608 - ours
    return dict(book.store.rows(sql, (owner,)))


def is_spent(doc: Doc, spent: int) -> bool:
    """Tell whether a lifetime budget is used up."""
    return doc.get("budget_mode") == "BUDGET_MODE_TOTAL" and spent >= round(doc["budget"] * 100)


def stand_campaign(tree: Tree, campaign: Doc) -> str:
    if campaign["operation_status"] == "DELETE":
        return "CAMPAIGN_STATUS_DELETE"
    if campaign["operation_status"] == "DISABLE":
        return "CAMPAIGN_STATUS_DISABLE"
    if is_spent(campaign, tree.spent_by_campaign.get(campaign["campaign_id"], 0)):
        return "CAMPAIGN_STATUS_BUDGET_EXCEED"
    return "CAMPAIGN_STATUS_ENABLE"


def stand_adgroup(tree: Tree, adgroup: Doc) -> str:
    return f"ADGROUP_STATUS_{_stand_adgroup(tree, adgroup)}"


def _stand_adgroup(tree: Tree, adgroup: Doc) -> str:
    campaign = tree.campaigns[adgroup["campaign_id"]]
    if adgroup["operation_status"] == "DELETE":
        return "CAMPAIGN_DELETE" if campaign["operation_status"] == "DELETE" else "DELETE"
    ads = [ad for ad in tree.ads_of[adgroup["adgroup_id"]] if ad["operation_status"] != "DELETE"]
    reviews = {review_of(ad, tree.now) for ad in ads}
    if not ads:
        return "CREATE"
    if reviews == {"fail"}:
        return "AUDIT_DENY"
    if "pass" not in reviews:
        return "AUDIT"
    return _find_obstacle(tree, adgroup, campaign) or "DELIVERY_OK"


def _find_obstacle(tree: Tree, adgroup: Doc, campaign: Doc) -> str | None:
    """Name what keeps an ad group with good ads from delivering."""
    starts, ends = read_span(adgroup)
    obstacles = (
        ("CAMPAIGN_DISABLE", campaign["operation_status"] == "DISABLE"),
        ("DISABLE", adgroup["operation_status"] == "DISABLE"),
        ("NOT_START", tree.now < starts),
        ("TIME_DONE", ends is not None and tree.now >= ends),
        ("CAMPAIGN_EXCEED", is_spent(campaign, tree.spent_by_campaign.get(campaign["campaign_id"], 0))),
        ("BUDGET_EXCEED", is_spent(adgroup, tree.spent_by_adgroup.get(adgroup["adgroup_id"], 0))),
        ("BALANCE_EXCEED", tree.is_broke),
    )
    return next((name for name, is_there in obstacles if is_there), None)


def stand_ad(tree: Tree, ad: Doc) -> str:
    adgroup, campaign = tree.adgroups[ad["adgroup_id"]], tree.campaigns[ad["campaign_id"]]
    if ad["operation_status"] == "DELETE":
        for level, doc in (("CAMPAIGN", campaign), ("ADGROUP", adgroup)):
            if doc["operation_status"] == "DELETE":
                return f"AD_STATUS_{level}_DELETE"
        return "AD_STATUS_DELETE"
    review = review_of(ad, tree.now)
    if review != "pass":
        return "AD_STATUS_AUDIT" if review == "waiting" else "AD_STATUS_AUDIT_DENY"
    obstacle = _find_obstacle(tree, adgroup, campaign)
    if obstacle in {None, "NOT_START", "TIME_DONE"} and ad["operation_status"] == "DISABLE":
        return "AD_STATUS_DISABLE"
    renamed = {"DISABLE": "ADGROUP_DISABLE", "TIME_DONE": "DONE", None: "DELIVERY_OK"}
    return f"AD_STATUS_{renamed.get(obstacle, obstacle)}"


def read_span(adgroup: Doc) -> tuple[float, float | None]:
    """Tell when an ad group starts, and when it ends, if it does."""
    end = adgroup.get("schedule_end_time")
    bounded = adgroup["schedule_type"] == "SCHEDULE_START_END"
    starts = read_stamp("schedule_start_time", adgroup["schedule_start_time"])
    return starts, read_stamp("schedule_end_time", end) if bounded and end else None
