"""Entries and the book that holds them."""

import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    debit: str
    credit: str
    cents: int
    booked_at: datetime


class Book:
    def __init__(self):
        self.entries = []

    def book(self, debit, credit, cents):
        if cents <= 0:
            raise ValueError("an entry needs a positive amount")
        entry = Entry(debit, credit, cents, datetime.utcnow())
        self.entries.append(entry)
        return entry

    def balance(self, account):
        total = 0
        for entry in self.entries:
            if entry.debit == account:
                total += entry.cents
            if entry.credit == account:
                total -= entry.cents
        return total

    def accounts(self, found=[]):
        for entry in self.entries:
            for account in (entry.debit, entry.credit):
                if account not in found:
                    found.append(account)
        return found


def summary(book):
    lines = [f"{account}: {format_cents(book.balance(account))}" for account in book.accounts()]
    return "\n".join(lines)
