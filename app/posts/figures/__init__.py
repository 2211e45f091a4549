"""How often posts are seen: asked of TikTok a dozen times in a post's first month."""
