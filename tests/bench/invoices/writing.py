"""How an invoice writes its numbers and dates."""

from datetime import date
from decimal import Decimal

from tests.bench.invoices.bill import Bill

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}


def number(bill: Bill, value: Decimal) -> str:
    """A figure with two decimals."""
    written = f"{value:,.2f}"
    match bill.number_style:
        case "de":
            return written.translate(str.maketrans(",.", ".,"))
        case "ch":
            return written.replace(",", "'")
        case "iso":
            return written.replace(",", "")
    return written


def money(bill: Bill, value: Decimal) -> str:
    """A figure with its currency."""
    written = number(bill, value)
    if not bill.currency_first:
        return f"{written} {bill.currency}"
    return f"{bill.currency}{written}" if bill.currency in "£$€" else f"{bill.currency} {written}"


def day(bill: Bill, value: date) -> str:
    """A date."""
    month = _MONTHS[bill.language].split()[value.month - 1]
    match bill.date_style:
        case "d.m.y":
            return f"{value:%d.%m.%Y}"
        case "d.m.yy":
            return f"{value:%d.%m.%y}"
        case "words-de":
            return f"{value.day}. {month} {value.year}"
        case "m/d/y":
            return f"{value:%m/%d/%Y}"
        case "d/m/y":
            return f"{value:%d/%m/%Y}"
        case "words-us":
            return f"{month} {value.day}, {value.year}"
        case "words-en":
            return f"{value.day} {month} {value.year}"
        case "short-en":
            return f"{value.day}-{month[:3]}-{value.year}"
    return value.isoformat()
