"""What a person reads about batch normalization: explanations with living numbers, and the glossary."""

from bnsim.learn.glossary import Entry, Glossary, glossary
from bnsim.learn.reader import LearnError, Page, all_pages

__all__ = ["Entry", "Glossary", "LearnError", "Page", "all_pages", "glossary"]
