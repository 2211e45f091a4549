"""Every error code and fail reason of TikTok's that is documented: what to do about it, its cause and its cure."""

from app.tiktok.advice import DAY, MINUTE, N_, Action, Advice, Until


def _table(*entries: Advice) -> dict[str, Advice]:
    return {entry.code: entry for entry in entries}


_DAILY_CAP = Advice(
    "spam_risk_too_many_posts",
    Action.wait,
    N_("This creator has reached TikTok's limit of posts in 24 hours. All apps and the creator's own posts share it."),
    N_("Wait: the post goes out when the limit allows again. If this happens often, lower the account's daily cap."),
    delay=DAY,
    until=Until.daily_cap,
)
_BANNED = Advice(
    "spam_risk_user_banned_from_posting",
    Action.never,
    N_("TikTok has banned this account from posting."),
    N_("Open the TikTok app with this account, read the notice and appeal. Switch the account off here until then."),
)
_INVALID_PARAM_CAUSE = N_("TikTok does not accept one of the values that were sent with the post.")
_INVALID_PARAM_CURE = N_(
    "Read TikTok's own message beside this one: it names the field. Correct text, settings or media, then retry."
)
_INTERNAL_CAUSE = N_("Something failed inside TikTok.")
_INTERNAL_CURE = N_(
    "Nothing is wrong here. It is tried again; if it goes on for hours, look for news of a TikTok outage."
)
_MISSING_SCOPE_CAUSE = N_("The creator has not allowed this app to do that, or has taken the permission back.")
_MISSING_SCOPE_CURE = N_(
    "Connect the account again and leave every permission ticked. If that does not help, the TikTok app itself lacks"
    " the permission: add the scope in TikTok's developer portal."
)
_NOT_OURS_CURE = N_("Look at the creator's profile whether the post is there, then mark it as posted or not posted.")

ERROR_CODES = _table(
    _DAILY_CAP,
    _BANNED,
    Advice("invalid_param", Action.person, _INVALID_PARAM_CAUSE, _INVALID_PARAM_CURE),
    Advice("invalid_params", Action.person, _INVALID_PARAM_CAUSE, _INVALID_PARAM_CURE),
    Advice(
        "app_version_check_failed",
        Action.person,
        N_("The creator's TikTok app is too old to receive photo drafts: version 31.8 is needed."),
        N_("Update the TikTok app on the creator's phone, then retry."),
    ),
    Advice(
        "spam_risk_too_many_pending_share",
        Action.wait,
        N_("This creator already has five drafts from apps in the TikTok inbox; TikTok takes no more within 24 hours."),
        N_(
            "Post or discard the drafts that wait in the TikTok app. Otherwise the post is sent when 24 hours are over."
        ),
        delay=DAY,
        until=Until.drafts,
    ),
    Advice(
        "reached_active_user_cap",
        Action.wait,
        N_("This TikTok app has reached the number of creators who may post through it in 24 hours."),
        N_("Wait: the post goes out tomorrow. If it keeps happening, ask TikTok's support for a higher quota."),
        delay=DAY,
        until=Until.active_users,
    ),
    Advice(
        "unaudited_client_can_only_post_to_private_accounts",
        Action.configure,
        N_(
            "TikTok has not audited this app yet, and until then it may only post to accounts that are private. It is"
            " the account that must be private: a private post on a public account is refused as well."
        ),
        N_(
            "In the TikTok app open Settings and privacy, Privacy, and switch on Private account; then retry. To post"
            " to public accounts, let TikTok audit the app in the developer portal."
        ),
    ),
    Advice(
        "url_ownership_unverified",
        Action.configure,
        N_("TikTok does not know that the address of the pictures or the video belongs to you."),
        N_(
            "In TikTok's developer portal, under URL properties, verify the public address of this service: by its"
            " verification file, or by DNS. Sandbox and production are verified separately."
        ),
    ),
    Advice(
        "privacy_level_option_mismatch",
        Action.person,
        N_("This creator may not use the audience that was chosen for the post."),
        N_("Choose one of the audiences that TikTok offers for this account now, then retry."),
    ),
    Advice(
        "access_token_invalid",
        Action.refresh_token,
        N_(
            "TikTok does not accept the access token any more: it has expired, or the creator has disconnected the app."
        ),
        N_("The token is renewed by itself. If the account then asks to be connected again, do that."),
    ),
    Advice("scope_not_authorized", Action.reauthorize, _MISSING_SCOPE_CAUSE, _MISSING_SCOPE_CURE),
    Advice("scope_permission_missed", Action.reauthorize, _MISSING_SCOPE_CAUSE, _MISSING_SCOPE_CURE),
    Advice(
        "rate_limit_exceeded",
        Action.wait,
        N_("TikTok was asked too often within a minute."),
        N_("Wait: it is tried again after a minute."),
        delay=MINUTE,
        until=Until.rate_window,
    ),
    Advice("internal_error", Action.retry, _INTERNAL_CAUSE, _INTERNAL_CURE, delay=MINUTE),
    Advice(
        "invalid_file_upload",
        Action.person,
        N_("TikTok could not read the uploaded file, or the file breaks its rules."),
        N_("Replace the picture or video by one in a format and size that TikTok accepts, then retry."),
    ),
    Advice(
        "invalid_publish_id",
        Action.person,
        N_("TikTok does not know this post, or does not know it any more."),
        _NOT_OURS_CURE,
    ),
    Advice(
        "token_not_authorized_for_specified_publish_id",
        Action.person,
        N_("TikTok says that this post was made by another account or another app."),
        N_("Was the account connected under another TikTok login or app since? Look at the profile itself."),
    ),
    Advice(
        "publish_not_cancellable",
        Action.never,
        N_("It is too late to cancel: TikTok already has the media, or has finished the post."),
        N_("Let it finish. If the post should not be public, delete it in the TikTok app."),
    ),
    Advice(
        "http_redirect",
        Action.configure,
        N_("Instead of an answer came a redirect: the configured address is not that of TikTok's interface."),
        N_("Check TIKTOK_API_BASE_URL: it must be the final https address."),
    ),
    Advice(
        "http_refused",
        Action.person,
        N_("TikTok, or something on the way to it, refused the call without giving a reason."),
        N_("Check TIKTOK_API_BASE_URL and whether a firewall or proxy stands between. Then retry."),
    ),
)
"""The last two are our own: a redirect says where else to ask, and a post must never be sent there; and an error status
may come without TikTok's words."""

FAIL_REASONS = _table(
    _DAILY_CAP,
    _BANNED,
    Advice(
        "file_format_check_failed",
        Action.person,
        N_("TikTok does not accept the format of a file: photos must be JPEG, videos MP4, WebM or MOV."),
        N_("Replace the file by one in an accepted format, then retry."),
    ),
    Advice(
        "duration_check_failed",
        Action.never,
        N_("The video is too long or too short for this creator."),
        N_("Shorten the video: every account may post three minutes, some more. Then publish it as a new post."),
    ),
    Advice(
        "frame_rate_check_failed",
        Action.person,
        N_("The video's frame rate is not between 23 and 60 pictures a second."),
        N_("Export the video again at 25 or 30 pictures a second, then retry."),
    ),
    Advice(
        "picture_size_check_failed",
        Action.person,
        N_("A picture, or the video, is larger or smaller than TikTok accepts. TikTok does not say which one."),
        N_("Use pictures that fit into 1080 by 1920 pixels and videos of 360 to 4096 pixels a side, then retry."),
    ),
    Advice("internal", Action.retry, _INTERNAL_CAUSE, _INTERNAL_CURE, delay=5 * MINUTE),
    Advice(
        "video_pull_failed",
        Action.retry,
        N_("TikTok could not fetch the video from this service: no connection, or it took more than an hour."),
        N_("Check that the public address can be reached from outside, without bot protection. It is tried again."),
        delay=10 * MINUTE,
    ),
    Advice(
        "photo_pull_failed",
        Action.retry,
        N_("TikTok could not fetch the pictures from this service: no connection, or it took more than an hour."),
        N_("Check that the public address can be reached from outside, without bot protection. It is tried again."),
        delay=10 * MINUTE,
    ),
    Advice(
        "publish_cancelled",
        Action.never,
        N_("The post was cancelled from here before TikTok had finished it."),
        N_("Nothing needs to be done. Retry the post if it should go out after all."),
    ),
    Advice(
        "auth_removed",
        Action.reauthorize,
        N_("The creator disconnected this app while TikTok was working on the post."),
        N_("Connect the account again, then retry the post."),
    ),
    Advice(
        "spam_risk_text",
        Action.never,
        N_("TikTok takes the text of this post for spam."),
        N_("Rewrite title, description and hashtags: no links, no repeated text, fewer hashtags. Then retry."),
    ),
    Advice(
        "spam_risk",
        Action.never,
        N_("TikTok takes this post for spam."),
        N_("Do not send it again as it is. Wait a day, post less often, and vary text and pictures."),
    ),
)

_RECONNECT_CURE = N_("Connect the account again.")
_BUG_CURE = N_("Check the address for callbacks and the scopes in TikTok's developer portal against the settings here.")

OAUTH_ERRORS = _table(
    Advice(
        "invalid_grant",
        Action.reauthorize,
        N_("TikTok does not accept the permission that was stored: it has expired, was used before, or was withdrawn."),
        _RECONNECT_CURE,
    ),
    Advice(
        "access_denied",
        Action.reauthorize,
        N_("The creator did not allow the access, or may not."),
        N_("Connect the account again and press Continue on TikTok's page."),
    ),
    Advice(
        "unauthorized_client",
        Action.reauthorize,
        N_("TikTok does not let this app act for this account."),
        N_("Check that the app is approved, or the account a target user of its sandbox; then connect it again."),
    ),
    Advice(
        "invalid_client",
        Action.configure,
        N_("TikTok does not accept the client key and secret."),
        N_("Copy both again from TikTok's developer portal, and both from the same place: sandbox or production."),
    ),
    Advice(
        "invalid_request",
        Action.configure,
        N_("TikTok finds the request for a token malformed: often the redirect address or the PKCE mode is wrong."),
        N_("Check that TIKTOK_REDIRECT_URI equals the registered one to the letter, then try another TIKTOK_PKCE."),
    ),
    Advice(
        "invalid_scope",
        Action.configure,
        N_("The app asks for a permission that it does not have in TikTok's developer portal."),
        N_("Add the missing scopes to the app in TikTok's developer portal, then connect again."),
    ),
    Advice("unsupported_grant_type", Action.configure, N_("TikTok does not offer this way to get a token."), _BUG_CURE),
    Advice("unsupported_response_type", Action.configure, N_("TikTok does not offer this way to log in."), _BUG_CURE),
    Advice("server_error", Action.retry, _INTERNAL_CAUSE, _INTERNAL_CURE, delay=MINUTE),
    Advice(
        "temporarily_unavailable",
        Action.retry,
        N_("TikTok's login is overloaded or under maintenance."),
        N_("Wait a few minutes: it is tried again."),
        delay=MINUTE,
    ),
    Advice(
        "client_key",
        Action.configure,
        N_("TikTok's login page does not know the client key, or the account may not use this app."),
        N_("Check the client key. In the sandbox, add the account to the target users and wait up to an hour."),
    ),
    Advice(
        "redirect_uri",
        Action.configure,
        N_("The redirect address is not the one that is registered in TikTok's developer portal."),
        N_("Make TIKTOK_REDIRECT_URI and the registered address equal to the letter, including a slash at the end."),
    ),
    Advice(
        "scope",
        Action.configure,
        N_("The app asks for a permission that it does not have in TikTok's developer portal."),
        N_("Add the missing scopes to the app in TikTok's developer portal, then connect again."),
    ),
    Advice(
        "code_challenge",
        Action.configure,
        N_("TikTok's login page wants PKCE, or wants it written differently."),
        N_("Set TIKTOK_PKCE to hex for an app of the desktop kind, and to base64url or off for one of the web kind."),
    ),
    Advice(
        "code_challenge_method",
        Action.configure,
        N_("TikTok's login page does not accept the PKCE method."),
        N_("Set TIKTOK_PKCE to hex for an app of the desktop kind, and to base64url or off for one of the web kind."),
    ),
)
"""What the token endpoint answers, and what TikTok's own login page shows without ever calling back."""

REMOVAL_REASONS = _table(
    Advice("0", Action.reauthorize, N_("The access ended; TikTok gives no reason."), _RECONNECT_CURE),
    Advice("1", Action.reauthorize, N_("The creator disconnected this app in TikTok."), _RECONNECT_CURE),
    Advice(
        "2",
        Action.never,
        N_("The TikTok account was deleted."),
        N_("Disconnect the account here, or connect another one."),
    ),
    Advice(
        "3",
        Action.person,
        N_("The age of the creator changed in TikTok, and the access ended with that."),
        N_("The creator sees in the TikTok app what is allowed now. Then connect the account again."),
    ),
    Advice(
        "4", Action.never, N_("TikTok has banned the account."), N_("Appeal in the TikTok app; then connect it again.")
    ),
    Advice("5", Action.reauthorize, N_("This app itself ended the access."), _RECONNECT_CURE),
)
"""The reasons of TikTok's webhook `authorization.removed`."""

_UNKNOWN_CAUSE = N_("TikTok gave a reason that is not in its documentation.")
_UNKNOWN_CURE = N_("Read TikTok's own message beside this one. Its support can look up what happened by the log id.")


def explain_error(code: str | None) -> Advice:
    """Explain an `error.code` of the Open API. An unknown one is for a person to look at."""
    return _explain(ERROR_CODES, code)


def explain_fail_reason(reason: str | None) -> Advice:
    """Explain the `fail_reason` of a failed post. An unknown one is for a person to look at."""
    return _explain(FAIL_REASONS, reason)


def explain_oauth_error(error: str | None) -> Advice:
    """Explain an error of the login or of the token endpoint."""
    return _explain(OAUTH_ERRORS, error)


def explain_removal(reason: str | int | None) -> Advice:
    """Explain why an authorization was removed."""
    return _explain(REMOVAL_REASONS, None if reason is None else str(reason))


def _explain(table: dict[str, Advice], code: str | None) -> Advice:
    found = table.get((code or "").strip().lower())
    return found or Advice(code or "unknown", Action.person, _UNKNOWN_CAUSE, _UNKNOWN_CURE, is_known=False)
