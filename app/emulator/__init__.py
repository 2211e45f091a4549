"""A TikTok for your own machine: strict, stateful, over real HTTP, with everything in memory.

It speaks the documented surface of Login Kit, the Content Posting API, the Display API, TikTok's webhooks, and of the
Business API (`/open_api/v1.3/`, by `business_api/`; that part can keep its state in a file).
A client needs nothing but other base addresses: `http://HOST:PORT` for the API and
`http://HOST:PORT/v2/auth/authorize/` for the consent page. `GET /_emulator/` shows what happened, as a phone would.

    newsreel emulator --port 8090                    # uvicorn, real sockets
    create_emulator(EmulatorSettings(audited=False)) # an ASGI app without start-up hooks; `.state.world` is its memory
    create_emulator(business_state=Path("b.sqlite3"), business_settings=BusinessSettings(limits_enabled=False))
        # its Business API lasts: any number of processes may serve one file, each call is one transaction there

What it does
------------
- `/v2/auth/authorize/`: a consent page (choose an account, untick scopes, allow or deny). By plain HTTP: POST the same
  address with `decision=allow|deny`, and optionally `open_id` and `scopes` (comma list, or repeated); see `consent.py`.
- `/v2/oauth/token/`, `/v2/oauth/revoke/`: codes are single use; refresh tokens rotate and the old one dies.
- creator_info, content/init, video/init, inbox/video/init, status/fetch, cancel, user/info, video/list, video/query:
  scopes, types, unknown fields, lengths in UTF-16 units, privacy options, audit rules, caps and rate limits are all
  checked. What TikTok is said to ignore (duet and stitch of photos, every setting of a draft) is taken, and noted.
- Photos are really pulled: no redirects, JPEG or WebP by their bytes, at most 20 MB, 1080 x 1920 either way, only under
  a URL property that was verified by file (or declared verified).
- Videos are really pulled, or taken by PUT in the announced chunks and in order (201, 206, 400, 403, 404, 416), and
  judged by a look into them: MP4, MOV or WebM and whole; H.264, H.265, VP8 or VP9; 23 to 60 frames a second; 360 to
  4096 pixels a side; as long as the account may post. MB is read in the narrower way wherever it bounds something.
- Webhooks are signed with the client secret and repeated with back-off until they are answered with 200.

What it does not do
-------------------
- No re-encoding, no cover chosen by a person: a video is kept as it came. No QR login, no client credentials, no
  Research API.
- No moderation of its own: a post fails for its content only when it was told to (`POST /_emulator/progression`).
- No DNS proof of a domain property: verify by file, or declare it.
- Nothing outlives the process but the file of the Business API (the newest 100 videos stand in nameless temporary
  files), and it is not hardened: run it
  on a loopback address only.
- Where TikTok's documents are silent it guesses, and says so where the guess is a setting (`oauth_error_status`,
  `refresh_ends_access`, `web_pkce`, `require_brand_toggles`, `list_photos`, `list_drops_newlines`, `webhook_resign`,
  `refresh_renews`, `inits_share_limit`, `upload_range`, `upload_finished_answer`). An upload that was never finished
  stays PROCESSING_UPLOAD for ever.

Control, all JSON, all under `/_emulator/`
------------------------------------------
GET  health         {"ok": true}
POST reset          {"keep": ["accounts"|"tokens"|"properties"|"settings"|"business", ...]}: forget everything else
GET/POST settings   any field of EmulatorSettings; POST changes those given (unknown names are refused)
GET/POST accounts   {"username" or "open_id", "display_name", "private", "banned", "comment_disabled", "duet_disabled",
                    "stitch_disabled", "old_app", "target_user", "privacy_level_options", "daily_cap",
                    "posts_by_other_clients", ...}: creates, or patches the one of that name
POST accounts/{open_id}/disconnect   {"reason": 1}: the user removes the app: tokens die, webhook authorization.removed
POST tokens         {"open_id", "scopes": [...]}: a token pair without the consent page
POST expire-tokens  {"open_id": null, "access": true, "refresh": false}
POST next-errors    one object or a list, see `faults.py`; GET lists those waiting, DELETE drops them
POST progression    {"pace": "immediate"|{"seconds": n}|{"polls": n}, "moderation_hours", "fail_reason", "pull_delay",
                    "post_id_after", "draft_posted_after", "for": "all"|"account"|"next", "open_id"}
GET/POST clock      {"advance_seconds": n} and/or {"advance_hours": n}: the emulator's own time, never yours
GET/POST properties {"kind": "prefix"|"domain", "value", "verified": false}; answers with the file name and content to
                    publish; POST properties/{id}/verify fetches it, DELETE properties/{id} gives it up
GET  posts          {"items", "inits": {"accepted", "by_account", "by_caption", "max_per_caption", "max_per_content"}};
                    ?open_id=&caption=&limit= (the newest). A video draft has no words: its caption is counted as
                    "video:ADDRESS" or "upload:SIZE". "max_per_content" counts videos of an account by their bytes.
GET  posts/{publish_id}
GET  counts         the totals alone: {"inits", "stages", "calls", "violations", "violations_total"}
POST posts/{publish_id}/post-draft | make-public | remove | stats | expire-upload
GET  log            {"items", "calls", "codes", "ignored", "violations", "violations_total"}; ?endpoint=&open_id=&limit=
GET  webhooks       every delivery and its attempts
POST webhooks/send  {"event", "open_id", "content": {...}, "signature": "valid"|"wrong"|"missing"}
POST webhooks/drop  {"count": n}: the next n events are never sent
POST webhooks/release {"order": "fifo"|"reversed"}: what `webhook_hold` kept back

Control of the Business API, all under `/_emulator/business/`
-------------------------------------------------------------
GET  /              the page: accounts, money, campaigns, calls
POST reset          begin anew: one center with funds, two ad accounts, three people, a sandbox, two TikTok accounts
GET/POST settings   any field of BusinessSettings: seed, tier, limits, sandbox, reviews, `manual_creation_ends` ...
GET/POST clock      {"advance_seconds", "advance_hours", "freeze": true|false|null}; `/_emulator/clock` moves it too
GET/POST/DELETE next-errors   see `business_api/faults.py`
GET  limits, POST limits/pause {"seconds"}; GET log ?endpoint=&limit=, GET counts; GET money, in hundredths
GET/POST users      {"user_id", "display_name", "roles": {advertiser_id: "ADMIN"|"OPERATOR"|"ANALYST"|null}, "bc_roles"}
POST tokens | auth-codes      {"user_id", "scopes": [numbers], "advertiser_ids": [...]}
POST centers {"name", "type"}; GET/POST advertisers {"name", "bc_id", "currency", "timezone"};
POST advertisers/{id} {"status"}; POST deposits {"bc_id" or "advertiser_id", "amount", "kind": "cash"|"grant"|"credit"}
POST reviews        {"outcome": "pass"|"fail", "seconds", "reason", "times"} of the next; POST ads/{id}/review ends one
POST history        {"advertiser_id", "campaigns", "days", "daily_budget", "deposit", "smart_plus", "buying_type"}: with
                    its figures
GET/POST comments   {"ad_id", "text", "user_name", "answers", "likes", "seconds_ago"}; GET notices to subscribers
GET/POST accounts   {"username", "open_id", "display_name", "is_gpppa"}: TikTok accounts; POST account-codes |
                    account-tokens | account-disconnect {"open_id", "scopes", "redirect_uri"}
POST posts {"open_id", "caption", "media_type", "figures"}; POST organic-comments {"item_id", "text", "answers"};
POST properties {"url", "property_type": 1|2}: declared verified
"""

from app.emulator.app import Emulator, create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.world.settings import EmulatorSettings

__all__ = ("BusinessSettings", "Emulator", "EmulatorSettings", "create_emulator")
