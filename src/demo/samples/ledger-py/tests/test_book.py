import pytest

from ledger import Book


def test_books_both_sides():
    book = Book()
    book.book("cash", "sales", 1250)
    assert book.balance("cash") == 1250
    assert book.balance("sales") == -1250


def test_refuses_an_empty_amount():
    with pytest.raises(ValueError):
        Book().book("cash", "sales", 0)


def test_names_the_accounts():
    book = Book()
    book.book("cash", "sales", 100)
    assert sorted(book.accounts()) == ["cash", "sales"]
