"""The tables of the ads, a file for each noun; others take them from here."""

from app.ads.models.accounts import (
    AdsConnection,
    AdsConnectionState,
    AdsGuards,
    AdsHop,
    AdsToken,
    Advertiser,
    AdvertiserGrant,
    CurrentAdvertiser,
)
from app.ads.models.boosts import Boost, BoostState, BoostStep, SpendBy, StepName, StepState
from app.ads.models.gateway import IdempotencyKey, InternalCall, KeyState, MoneyState, MoneyTransfer, WriteGap
from app.ads.models.reports import AdsReport, AdsReportPart, AdsSavedReport, ReportEvery, ReportState
from app.ads.models.uploads import AdsUpload, UploadState
from app.ads.models.watches import AdsWatch, AdsWatchEvent, WatchKind, WatchLevel, WatchPeriod

__all__ = [
    "AdsConnection",
    "AdsConnectionState",
    "AdsGuards",
    "AdsHop",
    "AdsReport",
    "AdsReportPart",
    "AdsSavedReport",
    "AdsToken",
    "AdsUpload",
    "AdsWatch",
    "AdsWatchEvent",
    "Advertiser",
    "AdvertiserGrant",
    "Boost",
    "BoostState",
    "BoostStep",
    "CurrentAdvertiser",
    "IdempotencyKey",
    "InternalCall",
    "KeyState",
    "MoneyState",
    "MoneyTransfer",
    "ReportEvery",
    "ReportState",
    "SpendBy",
    "StepName",
    "StepState",
    "UploadState",
    "WatchKind",
    "WatchLevel",
    "WatchPeriod",
    "WriteGap",
]
