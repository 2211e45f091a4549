"""The API reference, as pages of the desk."""
