"""What TikTok sends us: verified, stored once, handed on."""
