"""TikTok business accounts: the same accounts, spoken to through the Business API."""
