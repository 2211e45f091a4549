"""Captions and hashtags: the editor of templates and of rules."""
