"""What the consent pages say of a scope to whoever is asked for it."""

SCOPE_LABELS = {
    "user.info.basic": "Read your profile info (avatar, display name)",
    "user.info.profile": "Read access to your profile details (bio, link, username)",
    "user.info.username": "Read your username",
    "user.info.stats": "Read your statistics (followers, likes, videos)",
    "user.account.type": "Read which kind of account yours is",
    "user.insights": "Read who follows you, and when they are there",
    "video.list": "Read your public posts on TikTok",
    "video.insights": "Read the figures of your posts",
    "video.publish": "Post content to TikTok",
    "video.upload": "Share drafts to your TikTok inbox",
    "comment.list": "Read comments on your posts",
    "comment.list.manage": "Answer, hide, pin and like comments on your posts",
    "biz.spark.auth": "Lend your posts to advertisers",
}
