"""What it means that TikTok refuses a call or a post: cause and cure of every code that is documented."""

from app.messages.message import plain

INVALID_PARAM_CAUSE = plain(
    "tiktok_invalid_param_cause", "TikTok does not accept one of the values that were sent with the post."
)
INVALID_PARAM_CURE = plain(
    "tiktok_invalid_param_cure",
    "Read TikTok's own message beside this one: it names the field. Correct text, settings or media, then retry.",
)
INTERNAL_CAUSE = plain("tiktok_internal_cause", "Something failed inside TikTok.")
INTERNAL_CURE = plain(
    "tiktok_internal_cure",
    "Nothing is wrong here. It is tried again; if it goes on for hours, look for news of a TikTok outage.",
)
MISSING_SCOPE_CAUSE = plain(
    "tiktok_missing_scope_cause", "The creator has not allowed this app to do that, or has taken the permission back."
)
MISSING_SCOPE_CURE = plain(
    "tiktok_missing_scope_cure",
    "Connect the account again and leave every permission ticked. If that does not help, the TikTok app itself lacks"
    " the permission: add the scope in TikTok's developer portal.",
)
NOT_OURS_CURE = plain(
    "tiktok_not_ours_cure",
    "Look at the creator's profile whether the post is there, then mark it as posted or not posted.",
)
RECONNECT_CURE = plain("tiktok_reconnect_cure", "Connect the account again.")
BUG_CURE = plain(
    "tiktok_bug_cure",
    "Check the address for callbacks and the scopes in TikTok's developer portal against the settings here.",
)
UNKNOWN_CAUSE = plain("tiktok_unknown_cause", "TikTok gave a reason that is not in its documentation.")
UNKNOWN_CURE = plain(
    "tiktok_unknown_cure",
    "Read TikTok's own message beside this one. Its support can look up what happened by the log id.",
)
SPAM_RISK_TOO_MANY_POSTS_CAUSE = plain(
    "tiktok_spam_risk_too_many_posts_cause",
    "This creator has reached TikTok's limit of posts in 24 hours. All apps and the creator's own posts share it.",
)
SPAM_RISK_TOO_MANY_POSTS_CURE = plain(
    "tiktok_spam_risk_too_many_posts_cure",
    "Wait: the post goes out when the limit allows again. If this happens often, lower the account's daily cap.",
)
SPAM_RISK_USER_BANNED_FROM_POSTING_CAUSE = plain(
    "tiktok_spam_risk_user_banned_from_posting_cause", "TikTok has banned this account from posting."
)
SPAM_RISK_USER_BANNED_FROM_POSTING_CURE = plain(
    "tiktok_spam_risk_user_banned_from_posting_cure",
    "Open the TikTok app with this account, read the notice and appeal. Switch the account off here until then.",
)
APP_VERSION_CHECK_FAILED_CAUSE = plain(
    "tiktok_app_version_check_failed_cause",
    "The creator's TikTok app is too old to receive photo drafts: version 31.8 is needed.",
)
APP_VERSION_CHECK_FAILED_CURE = plain(
    "tiktok_app_version_check_failed_cure", "Update the TikTok app on the creator's phone, then retry."
)
SPAM_RISK_TOO_MANY_PENDING_SHARE_CAUSE = plain(
    "tiktok_spam_risk_too_many_pending_share_cause",
    "This creator already has five drafts from apps in the TikTok inbox; TikTok takes no more within 24 hours.",
)
SPAM_RISK_TOO_MANY_PENDING_SHARE_CURE = plain(
    "tiktok_spam_risk_too_many_pending_share_cure",
    "Post or discard the drafts that wait in the TikTok app. Otherwise the post is sent when 24 hours are over.",
)
REACHED_ACTIVE_USER_CAP_CAUSE = plain(
    "tiktok_reached_active_user_cap_cause",
    "This TikTok app has reached the number of creators who may post through it in 24 hours.",
)
REACHED_ACTIVE_USER_CAP_CURE = plain(
    "tiktok_reached_active_user_cap_cure",
    "Wait: the post goes out tomorrow. If it keeps happening, ask TikTok's support for a higher quota.",
)
UNAUDITED_CLIENT_CAN_ONLY_POST_TO_PRIVATE_ACCOUNTS_CAUSE = plain(
    "tiktok_unaudited_client_can_only_post_to_private_accounts_cause",
    "TikTok has not audited this app yet, and until then it may only post to accounts that are private. It is the"
    " account that must be private: a private post on a public account is refused as well.",
)
UNAUDITED_CLIENT_CAN_ONLY_POST_TO_PRIVATE_ACCOUNTS_CURE = plain(
    "tiktok_unaudited_client_can_only_post_to_private_accounts_cure",
    "In the TikTok app open Settings and privacy, Privacy, and switch on Private account; then retry. To post to"
    " public accounts, let TikTok audit the app in the developer portal.",
)
URL_OWNERSHIP_UNVERIFIED_CAUSE = plain(
    "tiktok_url_ownership_unverified_cause",
    "TikTok does not know that the address of the pictures or the video belongs to you.",
)
URL_OWNERSHIP_UNVERIFIED_CURE = plain(
    "tiktok_url_ownership_unverified_cure",
    "In TikTok's developer portal, under URL properties, verify the public address of this service: by its"
    " verification file, or by DNS. Sandbox and production are verified separately.",
)
PRIVACY_LEVEL_OPTION_MISMATCH_CAUSE = plain(
    "tiktok_privacy_level_option_mismatch_cause", "This creator may not use the audience that was chosen for the post."
)
PRIVACY_LEVEL_OPTION_MISMATCH_CURE = plain(
    "tiktok_privacy_level_option_mismatch_cure",
    "Choose one of the audiences that TikTok offers for this account now, then retry.",
)
ACCESS_TOKEN_INVALID_CAUSE = plain(
    "tiktok_access_token_invalid_cause",
    "TikTok does not accept the access token any more: it has expired, or the creator has disconnected the app.",
)
ACCESS_TOKEN_INVALID_CURE = plain(
    "tiktok_access_token_invalid_cure",
    "The token is renewed by itself. If the account then asks to be connected again, do that.",
)
RATE_LIMIT_EXCEEDED_CAUSE = plain("tiktok_rate_limit_exceeded_cause", "TikTok was asked too often within a minute.")
RATE_LIMIT_EXCEEDED_CURE = plain("tiktok_rate_limit_exceeded_cure", "Wait: it is tried again after a minute.")
INVALID_FILE_UPLOAD_CAUSE = plain(
    "tiktok_invalid_file_upload_cause", "TikTok could not read the uploaded file, or the file breaks its rules."
)
INVALID_FILE_UPLOAD_CURE = plain(
    "tiktok_invalid_file_upload_cure",
    "Replace the picture or video by one in a format and size that TikTok accepts, then retry.",
)
INVALID_PUBLISH_ID_CAUSE = plain(
    "tiktok_invalid_publish_id_cause", "TikTok does not know this post, or does not know it any more."
)
TOKEN_NOT_AUTHORIZED_FOR_SPECIFIED_PUBLISH_ID_CAUSE = plain(
    "tiktok_token_not_authorized_for_specified_publish_id_cause",
    "TikTok says that this post was made by another account or another app.",
)
TOKEN_NOT_AUTHORIZED_FOR_SPECIFIED_PUBLISH_ID_CURE = plain(
    "tiktok_token_not_authorized_for_specified_publish_id_cure",
    "Was the account connected under another TikTok login or app since? Look at the profile itself.",
)
PUBLISH_NOT_CANCELLABLE_CAUSE = plain(
    "tiktok_publish_not_cancellable_cause",
    "It is too late to cancel: TikTok already has the media, or has finished the post.",
)
BUSINESS_NOT_CANCELLABLE_CAUSE = plain(
    "tiktok_business_not_cancellable_cause",
    "TikTok has no call that stops a post of a business account once it has it.",
)
PUBLISH_NOT_CANCELLABLE_CURE = plain(
    "tiktok_publish_not_cancellable_cure",
    "Let it finish. If the post should not be public, delete it in the TikTok app.",
)
HTTP_REDIRECT_CAUSE = plain(
    "tiktok_http_redirect_cause",
    "Instead of an answer came a redirect: the configured address is not that of TikTok's interface.",
)
HTTP_REDIRECT_CURE = plain(
    "tiktok_http_redirect_cure", "Check TIKTOK_API_BASE_URL: it must be the final https address."
)
HTTP_REFUSED_CAUSE = plain(
    "tiktok_http_refused_cause", "TikTok, or something on the way to it, refused the call without giving a reason."
)
HTTP_REFUSED_CURE = plain(
    "tiktok_http_refused_cure", "Check TIKTOK_API_BASE_URL and whether a firewall or proxy stands between. Then retry."
)
FILE_FORMAT_CHECK_FAILED_CAUSE = plain(
    "tiktok_file_format_check_failed_cause",
    "TikTok does not accept the format of a file: photos must be JPEG, videos MP4, WebM or MOV.",
)
FILE_FORMAT_CHECK_FAILED_CURE = plain(
    "tiktok_file_format_check_failed_cure", "Replace the file by one in an accepted format, then retry."
)
DURATION_CHECK_FAILED_CAUSE = plain(
    "tiktok_duration_check_failed_cause", "The video is too long or too short for this creator."
)
DURATION_CHECK_FAILED_CURE = plain(
    "tiktok_duration_check_failed_cure",
    "Shorten the video: every account may post three minutes, some more. Then publish it as a new post.",
)
FRAME_RATE_CHECK_FAILED_CAUSE = plain(
    "tiktok_frame_rate_check_failed_cause", "The video's frame rate is not between 23 and 60 pictures a second."
)
FRAME_RATE_CHECK_FAILED_CURE = plain(
    "tiktok_frame_rate_check_failed_cure", "Export the video again at 25 or 30 pictures a second, then retry."
)
PICTURE_SIZE_CHECK_FAILED_CAUSE = plain(
    "tiktok_picture_size_check_failed_cause",
    "A picture, or the video, is larger or smaller than TikTok accepts. TikTok does not say which one.",
)
PICTURE_SIZE_CHECK_FAILED_CURE = plain(
    "tiktok_picture_size_check_failed_cure",
    "Use pictures that fit into 1080 by 1920 pixels and videos of 360 to 4096 pixels a side, then retry.",
)
VIDEO_PULL_FAILED_CAUSE = plain(
    "tiktok_video_pull_failed_cause",
    "TikTok could not fetch the video from this service: no connection, or it took more than an hour.",
)
VIDEO_PULL_FAILED_CURE = plain(
    "tiktok_video_pull_failed_cure",
    "Check that the public address can be reached from outside, without bot protection. It is tried again.",
)
PHOTO_PULL_FAILED_CAUSE = plain(
    "tiktok_photo_pull_failed_cause",
    "TikTok could not fetch the pictures from this service: no connection, or it took more than an hour.",
)
PUBLISH_CANCELLED_CAUSE = plain(
    "tiktok_publish_cancelled_cause", "The post was cancelled from here before TikTok had finished it."
)
PUBLISH_CANCELLED_CURE = plain(
    "tiktok_publish_cancelled_cure", "Nothing needs to be done. Retry the post if it should go out after all."
)
AUTH_REMOVED_CAUSE = plain(
    "tiktok_auth_removed_cause", "The creator disconnected this app while TikTok was working on the post."
)
AUTH_REMOVED_CURE = plain("tiktok_auth_removed_cure", "Connect the account again, then retry the post.")
SPAM_RISK_TEXT_CAUSE = plain("tiktok_spam_risk_text_cause", "TikTok takes the text of this post for spam.")
SPAM_RISK_TEXT_CURE = plain(
    "tiktok_spam_risk_text_cure",
    "Rewrite title, description and hashtags: no links, no repeated text, fewer hashtags. Then retry.",
)
SPAM_RISK_CAUSE = plain("tiktok_spam_risk_cause", "TikTok takes this post for spam.")
SPAM_RISK_CURE = plain(
    "tiktok_spam_risk_cure", "Do not send it again as it is. Wait a day, post less often, and vary text and pictures."
)
