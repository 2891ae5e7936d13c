"""Lessons on the page: where a visitor is in one, how a question is answered, and what is shown afterwards."""
