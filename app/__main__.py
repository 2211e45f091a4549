"""`python -m app` is the `newsreel` command."""

from app.cli import main

main()
