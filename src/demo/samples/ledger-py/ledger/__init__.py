"""A double-entry ledger in memory."""

from ledger.book import Book, Entry

__all__ = ["Book", "Entry"]
__version__ = "0.3.1"
