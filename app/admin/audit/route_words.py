"""The newsroom's words for what the edge has noted by its route alone, because no part of the service has told more."""

from collections.abc import Mapping

from app.admin.audit.words import ACTIONS
from app.messages.translator import N_

PREFIX = "route."

_LIKE = {
    "account.changed": "admin:accounts:update update_account",
    "account.moved": "admin:pending:move move_account",
    "account.disconnected": "admin:accounts:disconnect disconnect_account",
    "ads.budget_changed": "admin:ads:budget ads:adgroups:budget",
    "ads.switched": "admin:ads:switch ads:campaigns:status ads:adgroups:status ads:ads:status",
    "ads_guards.changed": "admin:ads:guards:set ads:guards:set",
    "ads_report.kept": "admin:ads:reports:keep",
    "ads_report.removed": "admin:ads:reports:remove",
    "boost.made": "admin:boosts:make boosts:make",
    "boost.started": "admin:boosts:start boosts:start",
    "boost.stopped": "admin:boosts:stop boosts:stop",
    "canned_reply.made": "admin:comments:canned:add comments:canned:create",
    "canned_reply.changed": "admin:comments:canned:save comments:canned:update",
    "canned_reply.removed": "admin:comments:canned:delete comments:canned:delete",
    "captions.changed": "admin:captions:save admin:captions:restore admin:captions:shipped save_caption_templates",
    "comment.deleted": "comments:delete",
    "comment.hidden": "comments:hide",
    "comment.liked": "comments:like",
    "comment.pinned": "comments:pin",
    "comment.replied": "admin:comments:reply comments:reply",
    "comment.shown": "comments:show_again",
    "comment.unliked": "comments:unlike",
    "comment.unpinned": "comments:unpin",
    "comment.written": "admin:comments:posts:comment comments:comment",
    "comments.rule_changed": "admin:comments:rule:save comments:rule:set",
    "comments.words_changed": "admin:comments:words:save comments:words:set",
    "connection.accepted": "admin:pending:accept accept_connection",
    "connection.discarded": "admin:pending:discard discard_connection",
    "file.removed": "admin:domain:files:delete delete_verification_file",
    "file.stored": "admin:domain:files create_verification_file",
    "hashtags.changed": "admin:hashtags:save admin:hashtags:preset save_hashtag_rules use_hashtag_preset",
    "key.made": "admin:keys:create create_api_key",
    "key.removed": "admin:keys:delete delete_api_key",
    "login.ended": "admin:logout admin:you:logins:end log_out",
    "login.others_ended": "admin:you:logins:end-others",
    "notification.made": "admin:notifications:add notifications:create",
    "notification.changed": "admin:notifications:update admin:notifications:on notifications:update",
    "notification.removed": "admin:notifications:delete notifications:delete",
    "notification.secret_renewed": "admin:notifications:rotate notifications:rotate",
    "password.changed": "admin:you:password change_password",
    "person.changed": "admin:team:update admin:you:profile update_me update_user",
    "person.invited": "admin:team:invite invite_user",
    "person.invited_again": "admin:team:invite-again renew_invitation",
    "person.removed": "admin:team:remove remove_user",
    "post.approve": "admin:approvals:approve admin:posts:approve posts:approve",
    "post.cancel": "admin:posts:cancel posts:cancel",
    "post.check": "admin:posts:check posts:check",
    "post.dismiss": "admin:posts:dismiss posts:dismiss",
    "post.reject": "admin:approvals:reject admin:posts:reject posts:reject",
    "post.resolve": "admin:posts:resolve posts:resolve",
    "post.restore": "admin:posts:restore posts:restore",
    "post.retry": "admin:posts:retry posts:retry",
    "post.revise": "admin:approvals:save admin:calendar:move admin:posts:revise posts:revise",
    "post.written": "admin:posts:new:send admin:start:test posts:create",
    "second_factor.begun": "admin:you:second-factor begin_totp",
    "second_factor.codes_renewed": "admin:you:second-factor:codes renew_recovery_codes",
    "second_factor.off": "admin:team:free admin:you:second-factor:end drop_second_factor end_totp",
    "second_factor.on": "admin:you:second-factor:confirm confirm_totp",
    "sign_off.made": "admin:approvals:link make_link",
    "source.changed": "admin:sources:fields:save admin:sources:rules:save admin:sources:update sources:update",
    "source.delivery_replayed": "admin:sources:replay sources:deliveries:replay",
    "source.made": "admin:sources:add sources:create",
    "source.removed": "admin:sources:delete sources:delete",
    "source.secret_renewed": "admin:sources:rotate sources:rotate",
    "tiktok_app.changed": "admin:settings:app update_tiktok_app",
    "try_out.begun": "admin:start:try_out",
    "try_out.ended": "admin:start:try_out:end",
}
"""What is noted under a slug of its own as a rule: the route says it alone where nothing was there to change."""

_ALONE = {
    N_("Read the list of ad accounts anew"): "admin:ads:sync ads:advertisers:sync",
    N_("Chose an ad account to work on"): "admin:ads:current admin:ads:switch-account ads:current:set",
    N_("Ended a consent for ad accounts"): "admin:ads:disconnect ads:disconnect",
    N_("Consented on an emulated page of TikTok's"): "ads:portal:decide decide_account_consent",
    N_("Made or changed something of the ads"): (
        "ads:campaigns:create ads:campaigns:update ads:adgroups:create ads:adgroups:update ads:ads:create"
        " ads:ads:update ads:plugin"
    ),
    N_("Uploaded a file for ads"): "admin:ads:files:take ads:images:create ads:videos:create",
    N_("Had a report of the ads made as a file"): "admin:ads:reports:file ads:report-tasks:create",
    N_("Began to watch something of the ads"): "admin:ads:watches:add ads:watches:create",
    N_("Watches something of the ads no longer"): "admin:ads:watches:remove ads:watches:delete",
    N_("Decided about several posts"): "admin:posts:bulk posts:bulk",
    N_("Uploaded a file for a post"): "media:upload",
    N_("Worked on comments"): (
        "admin:comments:act comments:bulk comments:assignee comments:done comments:open comments:unread"
        " comments:answering comments:answering:end"
    ),
    N_("Took back what was done with comments"): "admin:comments:undo",
    N_("Hid all comments of an author"): "admin:comments:hide-author comments:hide_author",
    N_("Looked for new comments"): "admin:comments:sync comments:sync",
    N_("Marked all news as read"): "admin:notifications:read",
    N_("Sent a test of a notification"): "admin:notifications:test notifications:test",
    N_("Sent a notification again"): "admin:notifications:replay deliveries:replay",
    N_("Checked a verification file"): "admin:domain:files:check verification:check",
    N_("Asked whether TikTok takes the pictures' address"): "admin:domain:ask",
    N_("Had TikTok verify the pictures' address"): "admin:settings:business-media verify_media_property",
    N_("Renewed an account's access to TikTok"): "refresh_token",
}

ROUTES: Mapping[str, str] = {
    name: words
    for words, names in [*((ACTIONS[slug], names) for slug, names in _LIKE.items()), *_ALONE.items()]
    for name in names.split()
}


def words_of(action: str) -> str:
    """Give our word for a slug, or '' where there is none."""
    return ACTIONS.get(action) or ROUTES.get(action.removeprefix(PREFIX), "")
