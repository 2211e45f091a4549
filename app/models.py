"""Every table, for migrations and tests."""

from sqlmodel import SQLModel

from app.accounts.models import (
    Account,
    AccountPace,
    AccountSettings,
    AccountTokens,
    OAuthState,
    PendingConnection,
    TikTokApp,
)
from app.ads.models import (
    AdsConnection,
    AdsGuards,
    AdsHop,
    AdsReport,
    AdsReportPart,
    AdsSavedReport,
    AdsToken,
    AdsUpload,
    AdsWatch,
    AdsWatchEvent,
    Advertiser,
    AdvertiserGrant,
    Boost,
    BoostStep,
    CurrentAdvertiser,
    IdempotencyKey,
    InternalCall,
    MoneyTransfer,
    WriteGap,
)
from app.articles.models import SEARCH_INDEX as ARTICLE_SEARCH
from app.articles.models import Article, ArticleEvent, Source, SourceDelivery, SourceRefusal
from app.articles.models_feeds import FeedItem, HubSubscription, SourceFeed
from app.audit.models import AuditEntry
from app.auth.models import Admin, ApiKey, LoginAttempt, LoginSession, OneTimeLink, RecoveryCode
from app.captions.models import CaptionTemplate, HashtagRuleSet
from app.comments.models import SEARCH_INDEX as COMMENT_SEARCH
from app.comments.models import (
    CannedReply,
    Comment,
    CommentAd,
    CommentFeed,
    CommentPost,
    CommentRule,
    CommentSweep,
    CommentViewer,
)
from app.comments.models_said import CommentReply, OwnComment
from app.jobs import WorkerHeartbeat
from app.limits.models import CallBudget, CallCount
from app.media.models import MediaAsset, MediaFetch, MediaGrant, MediaHold, VerificationFile
from app.notifications.models import NotificationMessage, NotificationReading
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import NotificationEndpoint
from app.posts.models import SEARCH_INDEX as POST_SEARCH
from app.posts.models import Post, PostAttempt, PostEvent
from app.posts.models_approval import PostConsent, PostViewer, SignOffLink
from app.posts.models_drafts import PostDraft
from app.posts.models_figures import PostFigures
from app.posts.models_restored import Restoration
from app.process.models import MetricCount
from app.webhooks.models import WebhookEvent

__all__ = [
    "Account", "AccountPace", "AccountSettings", "AccountTokens", "Admin", "AdsConnection", "AdsGuards", "AdsHop",
    "AdsReport", "AdsReportPart", "AdsSavedReport", "AdsToken", "AdsUpload", "AdsWatch", "AdsWatchEvent",
    "Advertiser", "AdvertiserGrant", "ApiKey", "Article", "ArticleEvent", "AuditEntry", "Boost", "BoostStep",
    "CallBudget", "CallCount", "CannedReply", "CaptionTemplate", "Comment", "CommentAd", "CommentFeed",
    "CommentPost", "CommentReply", "CommentRule", "CommentSweep", "CommentViewer", "CurrentAdvertiser", "FeedItem",
    "HashtagRuleSet", "HubSubscription", "IdempotencyKey", "InternalCall", "LoginAttempt", "LoginSession",
    "MediaAsset", "MediaFetch", "MediaGrant", "MediaHold", "MetricCount", "MoneyTransfer", "NotificationEndpoint",
    "NotificationMessage", "NotificationReading", "OAuthState", "OneTimeLink", "OutboxEvent", "OwnComment",
    "PendingConnection", "Post", "PostAttempt", "PostConsent", "PostDraft", "PostEvent", "PostFigures",
    "PostViewer", "RecoveryCode", "Restoration", "SignOffLink", "Source", "SourceDelivery", "SourceFeed",
    "SourceRefusal", "TikTokApp", "VerificationFile", "WebhookEvent", "WorkerHeartbeat", "WriteGap",
]  # fmt: skip

metadata = SQLModel.metadata

SEARCH_INDEXES = (ARTICLE_SEARCH, COMMENT_SEARCH, POST_SEARCH)
"""What stands beside the models' tables, made of them: see `app/kit/search.py`."""

RETIRED = {
    "accounts": frozenset({
        "access_token_encrypted", "refresh_token_encrypted", "token_version", "obtained_at", "expires_at",
        "refresh_expires_at", "refresh_due_at", "refresh_lease_until", "refresh_lease_token",
        "enabled", "mode", "privacy_level", "disable_comment", "disable_duet", "disable_stitch", "auto_add_music",
        "brand_content_toggle", "brand_organic_toggle", "is_aigc", "language", "daily_cap", "with_link",
        "resend_after_no_trace", "post_incomplete", "headline_card", "card_background", "card_text", "title_limit",
        "description_limit", "caption_limit",
        "init_not_before", "init_pause_reason", "init_gap_seconds", "init_gap_since", "learned_daily_cap",
        "learned_daily_cap_at",
    }),
}  # fmt: skip
"""Columns that this version does not use any more: the version before does beside it, so that the next one drops them.

Triggers keep them in step with where they have gone: see `app/kit/mirror.py`.
"""
