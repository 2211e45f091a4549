"""Every table, for migrations and tests."""

from sqlmodel import SQLModel

from app.accounts.models import Account, OAuthState, PendingConnection, TikTokApp
from app.ads.models import (
    AdsConnection,
    AdsHop,
    AdsReport,
    AdsReportPart,
    AdsToken,
    Advertiser,
    AdvertiserGrant,
    CurrentAdvertiser,
    IdempotencyKey,
    InternalCall,
    MoneyTransfer,
)
from app.articles.models import Article, ArticleEvent, Source, SourceRefusal
from app.audit.models import AuditEntry
from app.auth.models import Admin, ApiKey, LoginAttempt, LoginSession, OneTimeLink, RecoveryCode
from app.jobs import WorkerHeartbeat
from app.limits.models import CallBudget, CallCount
from app.media.models import MediaAsset, MediaFetch, MediaGrant, VerificationFile
from app.notifications.models import NotificationEndpoint, NotificationMessage
from app.outbox.models import OutboxEvent
from app.posts.models import CaptionTemplate, HashtagRuleSet, Post, PostAttempt, PostEvent, PostFigures, Restoration
from app.process.models import MetricCount
from app.webhooks.models import WebhookEvent

__all__ = [
    "Account", "Admin", "AdsConnection", "AdsHop", "AdsReport", "AdsReportPart", "AdsToken", "Advertiser",
    "AdvertiserGrant", "ApiKey", "Article", "ArticleEvent", "AuditEntry", "CallBudget", "CallCount",
    "CaptionTemplate", "CurrentAdvertiser", "HashtagRuleSet", "IdempotencyKey", "InternalCall", "LoginAttempt",
    "LoginSession", "MediaAsset", "MediaFetch", "MediaGrant", "MetricCount", "MoneyTransfer", "NotificationEndpoint",
    "NotificationMessage", "OAuthState", "OneTimeLink", "OutboxEvent", "PendingConnection", "Post", "PostAttempt",
    "PostEvent", "PostFigures", "RecoveryCode", "Restoration", "Source", "SourceRefusal", "TikTokApp",
    "VerificationFile", "WebhookEvent", "WorkerHeartbeat",
]  # fmt: skip

metadata = SQLModel.metadata
