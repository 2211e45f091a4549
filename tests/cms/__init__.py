"""Real content management systems against a real installation: `make cms`, and no part of `make test`."""
