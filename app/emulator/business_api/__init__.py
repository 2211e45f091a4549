"""TikTok's Business API, emulated: see `app/emulator/__init__.py` for how to run it and for its control."""
