"""Boosts: published posts promoted as Spark ads, and the steps that make one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class BoostState(StrEnum):
    """How far a boost is.

    - `preparing`: it is being made at TikTok, everything switched off.
    - `ready`: it is made, and spends nothing until a person starts it.
    - `starting`: a person has started it, and TikTok is being told.
    - `running`: it may spend.
    - `stopping`: it shall stop, and TikTok is being told.
    - `stopped`: it is switched off, and a person may start it again.
    - `ended`: its days are over.
    - `failed`: it cannot be made; `reason` says why. Nothing of it was ever switched on.
    """

    preparing = "preparing"
    ready = "ready"
    starting = "starting"
    running = "running"
    stopping = "stopping"
    stopped = "stopped"
    ended = "ended"
    failed = "failed"


class SpendBy(StrEnum):
    """What the boosts are put together by. A desk is a source, a category of its articles, or an account."""

    article = "article"
    source = "source"
    category = "category"
    account = "account"


class StepName(StrEnum):
    """What has to be at TikTok before a boost can be started, in this order."""

    authorize = "authorize"
    campaign = "campaign"
    adgroup = "adgroup"
    ad = "ad"


class StepState(StrEnum):
    """`sending`: it is on its way, or its answer was lost and is being looked up."""

    waiting = "waiting"
    sending = "sending"
    done = "done"
    failed = "failed"


class Boost(SQLModel, table=True):
    """One post promoted in one ad account. `mode`: an emulated one is never shown to TikTok, nor the other way about.

    `budget` is per day, `days` from the first start on; amounts are decimal text in `currency`. `open_key` stands while
    the boost may still spend, and is unique: a post is boosted once at a time in an ad account. `code_encrypted` is the
    Spark code; an account that is linked to the ad account needs none, and `identity_bc_id` is the business center
    through which it is linked. `max_spend`, `max_hours` and `max_bad_comments` stop it. `figures` are TikTok's of all
    its days, as of `figures_at`. `trouble` is why the last look failed.
    """

    __tablename__ = "ads_boosts"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    post_id: str = Field(index=True, max_length=36)
    article_id: str = Field(index=True, max_length=36)
    account_id: str = Field(max_length=36)
    advertiser_id: str = Field(index=True, max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    open_key: str | None = Field(default=None, unique=True, max_length=128)
    title: str = Field(default="", max_length=512)
    item_id: str = Field(max_length=64)
    is_video: bool = Field(default=False)
    currency: str = Field(default="", max_length=16)
    budget: str = Field(max_length=32)
    days: int
    objective_type: str = Field(max_length=64)
    call_to_action: str | None = Field(default=None, max_length=64)
    landing_page_url: str | None = Field(default=None, sa_type=sa.Text)
    location_ids: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    max_spend: str | None = Field(default=None, max_length=32)
    max_hours: int | None = Field(default=None)
    max_bad_comments: int | None = Field(default=None)
    bad_words: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)

    code_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    code_ends_at: datetime | None = Field(default=None)
    is_code_end_told: bool = Field(default=False)
    identity_id: str | None = Field(default=None, max_length=64)
    identity_type: str | None = Field(default=None, max_length=32)
    identity_bc_id: str | None = Field(default=None, max_length=64)
    campaign_id: str | None = Field(default=None, max_length=64)
    adgroup_id: str | None = Field(default=None, max_length=64)
    ad_id: str | None = Field(default=None, max_length=64)

    state: BoostState = Field(default=BoostState.preparing, sa_type=enum_type(BoostState), index=True)
    reason: str | None = Field(default=None, max_length=64)
    detail: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    trouble: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    figures: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    figures_at: datetime | None = Field(default=None)
    bad_comments: int | None = Field(default=None)
    next_at: datetime = Field(default_factory=utcnow, index=True)
    checks: int = Field(default=0)
    holder: str | None = Field(default=None, max_length=36)
    lease_until: datetime | None = Field(default=None)
    started_at: datetime | None = Field(default=None)
    ends_at: datetime | None = Field(default=None)
    stopped_at: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)


class BoostStep(SQLModel, table=True):
    """One step. `sent_at` is on disk before TikTok is asked; `request_id` is what TikTok knows a create by.

    `tries` counts how often it was asked: after the first it is looked for before it is asked again.
    """

    __tablename__ = "ads_boost_steps"

    boost_id: str = Field(primary_key=True, max_length=36, foreign_key="ads_boosts.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    name: StepName = Field(sa_type=enum_type(StepName))
    state: StepState = Field(default=StepState.waiting, sa_type=enum_type(StepState))
    request_id: str | None = Field(default=None, max_length=20)
    tries: int = Field(default=0)
    sent_at: datetime | None = Field(default=None)
    result_id: str | None = Field(default=None, max_length=64)
    finished_at: datetime | None = Field(default=None)
