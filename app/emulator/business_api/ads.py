"""Ads: made, listed, changed and switched; every new or changed one is reviewed."""

from typing import Annotated, Any

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.ad_fields import KEPT
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.creatives import Creative, read_creative
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import INVALID, BusinessError, refuse
from app.emulator.business_api.objects import OperationStatus, PrimaryStatus
from app.emulator.business_api.paging import cut_page, select
from app.emulator.business_api.reviews import begin_review
from app.emulator.business_api.standing import plant, stand_ad
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_stamp

_REVIEWED = frozenset({"ad_text", "video_id", "image_ids", "tiktok_item_id", "landing_page_url", "ad_format"})
Creatives = Annotated[list[Creative], msgspec.Meta(min_length=1, max_length=20)]


class Create(msgspec.Struct):
    advertiser_id: str
    adgroup_id: str
    creatives: Creatives


class Filter(msgspec.Struct):
    campaign_ids: list[str] | None = None
    adgroup_ids: list[str] | None = None
    ad_ids: list[str] | None = None
    ad_name: str | None = None
    primary_status: PrimaryStatus | None = None
    secondary_status: str | None = None
    objective_type: str | None = None
    optimization_goal: str | None = None
    buying_types: list[str] | None = None
    creation_filter_start_time: str | None = None
    creation_filter_end_time: str | None = None
    modified_after: str | None = None
    campaign_system_origins: list[str] | None = None
    creative_material_mode: str | None = None
    destination: str | None = None


class List(objects.ObjectList):
    filtering: Filter | None = None


class Update(msgspec.Struct):
    advertiser_id: str
    adgroup_id: str
    creatives: Creatives
    patch_update: bool = False


class Switch(msgspec.Struct):
    advertiser_id: str
    operation_status: OperationStatus
    ad_ids: list[str] | None = None
    aco_ad_ids: list[str] | None = None


@write("ad/create/", 221, sandbox=True)
def create_ads(call: Call) -> Any:
    asked = call.take(Create)
    settle(call.book, need_advertiser(call, asked.advertiser_id))
    adgroup = objects.need_object(call, "ADGROUP", asked.adgroup_id, asked.advertiser_id)
    objects.refuse_smart_plus(adgroup)
    made = [_make(call, adgroup, one, _kept(call, place)) for place, one in enumerate(asked.creatives)]
    shown = [objects.show(ad, "AD_STATUS_AUDIT", sandbox=call.sandbox) for ad in made]
    return {"ad_ids": [ad["ad_id"] for ad in made], "need_audit": False, "creatives": shown}


def _kept(call: Call, place: int) -> Doc:
    """Give what a creative brought that is documented and only kept."""
    given = call.given.values["creatives"]
    creative = given[place] if isinstance(given, list) else {}
    return {name: value for name, value in creative.items() if name in KEPT and value is not None}


def _make(call: Call, adgroup: Doc, creative: Creative, kept: Doc) -> Doc:
    ad = {
        **kept,
        **read_creative(call, adgroup["advertiser_id"], creative),
        "advertiser_id": adgroup["advertiser_id"],
        "campaign_id": adgroup["campaign_id"],
        "campaign_name": adgroup["campaign_name"],
        "campaign_automation_type": adgroup["campaign_automation_type"],
        "adgroup_id": adgroup["adgroup_id"],
        "adgroup_name": adgroup["adgroup_name"],
        "ad_id": call.book.new_id(),
        "operation_status": creative.operation_status or "ENABLE",
        "review": begin_review(call.book),
    }
    objects.save_new(call, "AD", ad, adgroup["adgroup_id"])
    return ad


@read("ad/get/", 220, sandbox=True)
def list_ads(call: Call) -> Any:
    asked = call.take(List)
    filtering = asked.filtering or Filter()
    for name in ("campaign_ids", "adgroup_ids", "ad_ids"):
        objects.check_named(name, getattr(filtering, name))
    tree = plant(call.book, settle(call.book, need_advertiser(call, asked.advertiser_id)))
    found = [
        (one, secondary)
        for one in reversed(tree.ads.values())
        if one["campaign_automation_type"] != objects.SMART_PLUS
        for secondary in [stand_ad(tree, one)]
        if is_wanted(one, tree.campaigns[one["campaign_id"]], secondary, filtering)
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=1_000)
    shown = [objects.show(one, secondary, sandbox=call.sandbox) for one, secondary in page]
    return {"list": select(shown, asked.fields), "page_info": info}


def is_wanted(ad: Doc, campaign: Doc, secondary: str, filtering: Any) -> bool:
    after = filtering.modified_after
    return (
        objects.is_primary(ad, secondary, filtering.primary_status)
        and objects.is_among(ad["campaign_id"], filtering.campaign_ids)
        and objects.is_among(ad["adgroup_id"], filtering.adgroup_ids)
        and filtering.secondary_status in {None, secondary}
        and filtering.objective_type in {None, campaign["objective_type"]}
        and objects.is_in_span(ad, filtering.creation_filter_start_time, filtering.creation_filter_end_time)
        and (after is None or ad["modified"] >= read_stamp("modified_after", after))
        and (not isinstance(filtering, Filter) or _is_wanted_further(ad, campaign, filtering))
    )


def _is_wanted_further(ad: Doc, campaign: Doc, filtering: Filter) -> bool:
    return (
        objects.is_among(ad["ad_id"], filtering.ad_ids)
        and objects.is_named(ad, "ad_name", filtering.ad_name)
        and objects.is_among(campaign["buying_type"], filtering.buying_types)
    )


@write("ad/update/", 221, sandbox=True)
def update_ads(call: Call) -> Any:
    asked = call.take(Update)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    changed = []
    for place, creative in enumerate(asked.creatives):
        if not creative.ad_id:
            raise refuse("creatives.ad_id", "it is required")
        ad = objects.need_object(call, "AD", creative.ad_id, asked.advertiser_id)
        if ad["adgroup_id"] != asked.adgroup_id:
            raise refuse("creatives.ad_id", f"{creative.ad_id} is not in this ad group")
        objects.refuse_smart_plus(ad)
        changes = {**_kept(call, place), **read_creative(call, asked.advertiser_id, creative, ad)}
        if any(ad.get(name) != changes.get(name, ad.get(name)) for name in _REVIEWED):
            changes["review"] = begin_review(call.book)
        changed.append(objects.save_changed(call, "AD", ad, changes))
    tree = plant(call.book, advertiser)
    shown = [objects.show(ad, stand_ad(tree, ad), sandbox=call.sandbox) for ad in changed]
    return {"ad_ids": [ad["ad_id"] for ad in changed], "need_audit": False, "creatives": shown}


@write("ad/status/update/", 221, sandbox=True)
def switch_ads(call: Call) -> Any:
    asked = call.take(Switch)
    settle(call.book, need_advertiser(call, asked.advertiser_id))
    if asked.aco_ad_ids:
        raise BusinessError(INVALID, "aco_ad_ids: there are no ACO ads in this ad account")
    ids = asked.ad_ids or []
    objects.check_many("ad_ids", ids)
    for one in ids:
        objects.refuse_smart_plus(objects.need_object(call, "AD", one, asked.advertiser_id))
    objects.switch(call, "AD", asked.advertiser_id, ids, asked.operation_status)
    return {"ad_ids": ids, "aco_ad_ids": [], "status": asked.operation_status}


operations = (create_ads, list_ads, update_ads, switch_ads)
