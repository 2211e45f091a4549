"""What it means that TikTok gives no permission, or takes it back: cause and cure of every code that is documented."""

from app.messages.message import plain

INVALID_GRANT_CAUSE = plain(
    "tiktok_invalid_grant_cause",
    "TikTok does not accept the permission that was stored: it has expired, was used before, or was withdrawn.",
)
ACCESS_DENIED_CAUSE = plain("tiktok_access_denied_cause", "The creator did not allow the access, or may not.")
ACCESS_DENIED_CURE = plain(
    "tiktok_access_denied_cure", "Connect the account again and press Continue on TikTok's page."
)
UNAUTHORIZED_CLIENT_CAUSE = plain(
    "tiktok_unauthorized_client_cause", "TikTok does not let this app act for this account."
)
UNAUTHORIZED_CLIENT_CURE = plain(
    "tiktok_unauthorized_client_cure",
    "Check that the app is approved, or the account a target user of its sandbox; then connect it again.",
)
INVALID_CLIENT_CAUSE = plain("tiktok_invalid_client_cause", "TikTok does not accept the client key and secret.")
INVALID_CLIENT_CURE = plain(
    "tiktok_invalid_client_cure",
    "Copy both again from TikTok's developer portal, and both from the same place: sandbox or production.",
)
INVALID_REQUEST_CAUSE = plain(
    "tiktok_invalid_request_cause",
    "TikTok finds the request for a token malformed: often the redirect address or the PKCE mode is wrong.",
)
INVALID_REQUEST_CURE = plain(
    "tiktok_invalid_request_cure",
    "Check that TIKTOK_REDIRECT_URI equals the registered one to the letter, then try another TIKTOK_PKCE.",
)
INVALID_SCOPE_CAUSE = plain(
    "tiktok_invalid_scope_cause", "The app asks for a permission that it does not have in TikTok's developer portal."
)
INVALID_SCOPE_CURE = plain(
    "tiktok_invalid_scope_cure", "Add the missing scopes to the app in TikTok's developer portal, then connect again."
)
UNSUPPORTED_GRANT_TYPE_CAUSE = plain(
    "tiktok_unsupported_grant_type_cause", "TikTok does not offer this way to get a token."
)
UNSUPPORTED_RESPONSE_TYPE_CAUSE = plain(
    "tiktok_unsupported_response_type_cause", "TikTok does not offer this way to log in."
)
TEMPORARILY_UNAVAILABLE_CAUSE = plain(
    "tiktok_temporarily_unavailable_cause", "TikTok's login is overloaded or under maintenance."
)
TEMPORARILY_UNAVAILABLE_CURE = plain("tiktok_temporarily_unavailable_cure", "Wait a few minutes: it is tried again.")
CLIENT_KEY_CAUSE = plain(
    "tiktok_client_key_cause", "TikTok's login page does not know the client key, or the account may not use this app."
)
CLIENT_KEY_CURE = plain(
    "tiktok_client_key_cure",
    "Check the client key. In the sandbox, add the account to the target users and wait up to an hour.",
)
REDIRECT_URI_CAUSE = plain(
    "tiktok_redirect_uri_cause", "The redirect address is not the one that is registered in TikTok's developer portal."
)
REDIRECT_URI_CURE = plain(
    "tiktok_redirect_uri_cure",
    "Make TIKTOK_REDIRECT_URI and the registered address equal to the letter, including a slash at the end.",
)
CODE_CHALLENGE_CAUSE = plain(
    "tiktok_code_challenge_cause", "TikTok's login page wants PKCE, or wants it written differently."
)
CODE_CHALLENGE_CURE = plain(
    "tiktok_code_challenge_cure",
    "Set TIKTOK_PKCE to hex for an app of the desktop kind, and to base64url or off for one of the web kind.",
)
CODE_CHALLENGE_METHOD_CAUSE = plain(
    "tiktok_code_challenge_method_cause", "TikTok's login page does not accept the PKCE method."
)
REMOVED_0_CAUSE = plain("tiktok_removed_0_cause", "The access ended; TikTok gives no reason.")
REMOVED_1_CAUSE = plain("tiktok_removed_1_cause", "The creator disconnected this app in TikTok.")
REMOVED_2_CAUSE = plain("tiktok_removed_2_cause", "The TikTok account was deleted.")
REMOVED_2_CURE = plain("tiktok_removed_2_cure", "Disconnect the account here, or connect another one.")
REMOVED_3_CAUSE = plain(
    "tiktok_removed_3_cause", "The age of the creator changed in TikTok, and the access ended with that."
)
REMOVED_3_CURE = plain(
    "tiktok_removed_3_cure", "The creator sees in the TikTok app what is allowed now. Then connect the account again."
)
REMOVED_4_CAUSE = plain("tiktok_removed_4_cause", "TikTok has banned the account.")
REMOVED_4_CURE = plain("tiktok_removed_4_cure", "Appeal in the TikTok app; then connect it again.")
REMOVED_5_CAUSE = plain("tiktok_removed_5_cause", "This app itself ended the access.")
