"""What an invoice's pages say: paragraphs and tables, in one of six wordings a language, with what distracts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tests.bench.invoices.bill import Bill
from tests.bench.invoices.writing import day, money, number

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph (`text`) or a table (`rows`); `page` starts a new page before it."""

    text: str = ""
    rows: tuple[Row, ...] = ()
    page: bool = False


# label of: number, date, due, customer, delivery, order
_HEADS = {
    "en": (
        ("Invoice number", "Invoice date", "Due date", "Bill to", "Delivery date", "Order date"),
        ("Invoice No.", "Date", "Payment due", "Customer", "Date of supply", "Ordered on"),
        ("Our reference", "Issued on", "Please pay by", "Invoice to", "Shipped on", "Your order of"),
        ("Invoice #", "Date of issue", "Payable by", "Client", "Delivered", "Date of order"),
        ("Document no.", "Tax point", "Settle no later than", "Sold to", "Dispatched", "Order placed"),
        ("Bill number", "Billing date", "Deadline for payment", "Billed to", "Delivery", "Order received"),
    ),
    "de": (
        ("Rechnungsnummer", "Rechnungsdatum", "Fälligkeitsdatum", "Rechnungsempfänger", "Lieferdatum", "Bestelldatum"),
        ("Rechnung Nr.", "Datum", "Zahlbar bis", "Kunde", "Leistungsdatum", "Bestellung vom"),
        ("Beleg-Nr.", "Belegdatum", "Fällig am", "Rechnung an", "Geliefert am", "Auftrag vom"),
        ("Rechnungs-Nr.", "Ausgestellt am", "Zahlungsziel", "Auftraggeber", "Lieferung am", "Auftragsdatum"),
        ("Unser Zeichen", "Ausstellungstag", "Bitte zahlen bis", "Empfänger", "Versand am", "Auftragseingang"),
        ("Faktura", "Fakturadatum", "Spätester Zahlungstag", "An", "Auslieferung", "Bestelleingang"),
    ),
}
# label of: net, tax, total
_SUMS = {
    "en": (
        ("Subtotal", "VAT {rate}%", "Total"),
        ("Net amount", "VAT ({rate} %)", "Amount due"),
        ("Total before tax", "Sales tax {rate}%", "Grand total"),
        ("Net total", "plus {rate}% VAT", "Invoice total"),
        ("Goods and services", "Tax at {rate}%", "To pay"),
        ("Total excl. VAT", "VAT", "Total incl. VAT"),
    ),
    "de": (
        ("Zwischensumme", "MwSt. {rate} %", "Gesamtbetrag"),
        ("Nettobetrag", "zzgl. {rate} % MwSt.", "Rechnungsbetrag"),
        ("Summe netto", "Umsatzsteuer {rate}%", "Summe brutto"),
        ("Netto", "USt. {rate} %", "Zu zahlen"),
        ("Warenwert", "Mehrwertsteuer ({rate} %)", "Endsumme"),
        ("Gesamt netto", "MwSt.", "Gesamt brutto"),
    ),
}


def blocks(bill: Bill) -> list[Block]:
    """The invoice from top to bottom."""
    return [
        *_head(bill),
        *_dates(bill),
        *(_long_middle(bill) if bill.long else ()),
        _items(bill),
        *_sums(bill),
        *_foot(bill),
    ]


def _head(bill: Bill) -> Iterator[Block]:
    english = bill.language == "en"
    place = "12 Quay Street, Bristol BS1 4QA" if english else "Hafenstraße 12, 20457 Hamburg"
    yield Block(text=bill.vendor)
    yield Block(text=place)
    yield Block(text="INVOICE" if english else "RECHNUNG")


def _dates(bill: Bill) -> Iterator[Block]:
    labels = _HEADS[bill.language][bill.wording]
    values = (bill.number, day(bill, bill.issued), day(bill, bill.due), bill.customer)
    if bill.wording == 2:
        yield _letter(bill)
        return
    rows = list(zip(labels, values, strict=False))
    rows += [(labels[4], day(bill, bill.delivered)), (labels[5], day(bill, bill.ordered))]
    if bill.wording in (1, 4):
        rows = [rows[3], rows[5], rows[0], rows[4], rows[1], rows[2]]
    if bill.wording in (0, 1, 5):
        yield Block(rows=tuple(rows))
    else:
        for label, value in rows:
            yield Block(text=f"{label}: {value}")


def _letter(bill: Bill) -> Block:
    if bill.language == "en":
        return Block(
            text=f"Dear {bill.customer}, for the goods that you ordered on {day(bill, bill.ordered)} "
            f"and that we delivered "
            f"on {day(bill, bill.delivered)} we send you our invoice {bill.number} dated {day(bill, bill.issued)}. "
            f"Kindly note that it is payable by {day(bill, bill.due)}."
        )
    return Block(
        text=f"Sehr geehrte Damen und Herren der {bill.customer}, "
        f"für die am {day(bill, bill.ordered)} bestellten und am "
        f"{day(bill, bill.delivered)} gelieferten Waren erhalten Sie unsere Rechnung {bill.number} vom "
        f"{day(bill, bill.issued)}. Sie ist zahlbar bis {day(bill, bill.due)}."
    )


def _items(bill: Bill) -> Block:
    english = bill.language == "en"
    head = (
        ("Description", "Qty", "Unit price", "Amount") if english else ("Bezeichnung", "Menge", "Einzelpreis", "Betrag")
    )
    rows = [(i.name, str(i.quantity), number(bill, i.price), number(bill, i.amount)) for i in bill.items]
    return Block(rows=(head, *rows), page=bill.long)


def _sums(bill: Bill) -> Iterator[Block]:
    labels = [label.format(rate=bill.rate) for label in _SUMS[bill.language][bill.wording]]
    values = [money(bill, value) for value in (bill.net, bill.vat, bill.total)]
    if bill.wording == 3:
        net, vat, total = values
        yield Block(
            text=f"The services come to {net} net; {bill.rate}% VAT adds {vat}, so that the invoice total is {total}."
            if bill.language == "en"
            else f"Die Leistungen betragen netto {net}; hinzu kommen {bill.rate} % MwSt. in Höhe von {vat}, "
            f"sodass sich ein Rechnungsbetrag von {total} ergibt."
        )
    else:
        yield Block(rows=tuple(zip(labels, values, strict=True)))


def _foot(bill: Bill) -> Iterator[Block]:
    early = day(bill, bill.issued + timedelta(days=7))
    saved = money(bill, (bill.total * Decimal("0.98")).quantize(Decimal("0.01")))
    if bill.language == "en":
        yield Block(text=f"2% cash discount if paid by {early}: {saved}. Account no. 40117265, sort code 20-45-81.")
    else:
        yield Block(text=f"Bei Zahlung bis {early} abzüglich 2 % Skonto: {saved}. IBAN DE02 1203 0000 0000 2020 51.")


def _long_middle(bill: Bill) -> Iterator[Block]:
    """Two pages: earlier balances, and terms full of figures and dates."""
    yield Block(text=("Account history" if bill.language == "en" else "Kontoverlauf"), page=True)
    yield _history(bill)
    before = day(bill, bill.issued - timedelta(days=60))
    paid = day(bill, bill.issued - timedelta(days=33))
    if bill.language == "en":
        yield Block(
            text=f"Previous invoice {bill.earlier_number} of {before}: "
            f"total {money(bill, bill.earlier)}, paid on {paid}."
        )
    else:
        yield Block(
            text=f"Vorherige Rechnung {bill.earlier_number} vom {before}: "
            f"Gesamtbetrag {money(bill, bill.earlier)}, bezahlt am {paid}."
        )
    yield Block(text=("Terms" if bill.language == "en" else "Bedingungen"), page=True)
    for clause in _clauses(bill):
        yield Block(text=clause)


def _history(bill: Bill) -> Block:
    english = bill.language == "en"
    rows: list[Row] = [("Date", "Entry", "Balance") if english else ("Datum", "Vorgang", "Saldo")]
    amount = bill.earlier
    for back in range(150, 20, -12):
        kind = (("Invoice", "Payment") if english else ("Rechnung", "Zahlung"))[back // 12 % 2]
        amount = (amount * Decimal("0.87") + 31).quantize(Decimal("0.01"))
        rows.append((day(bill, bill.issued - timedelta(days=back)), f"{kind} {1000 + back}", number(bill, amount)))
    rows.append(("", "Previous balance" if english else "Alter Saldo", money(bill, bill.earlier)))
    return Block(rows=tuple(rows))


def _clauses(bill: Bill) -> Iterator[str]:
    valid = day(bill, bill.issued - timedelta(days=400))
    limit, fee = money(bill, Decimal("25000.00")), money(bill, Decimal("40.00"))
    texts = _CLAUSES[bill.language]
    for round_ in range(2):
        for index, clause in enumerate(texts, start=1):
            yield f"{round_ + 1}.{index} " + clause.format(
                valid=valid, limit=limit, fee=fee, rate=bill.rate, days=30 + round_
            )


_CLAUSES = {
    "en": (
        "These terms are valid from {valid} and replace all earlier ones. They apply to every order, also where the "
        "customer's own terms say otherwise, unless we have agreed to those in writing.",
        "Invoices are due {days} days after their date. Where payment is late we charge interest of 8.5% a year and a "
        "reminder fee of {fee}; further claims stay open.",
        "Our liability for slight negligence ends at a total amount of {limit} for each case. This does not "
        "touch claims "
        "from injury to life, body or health.",
        "Goods stay our property until they are paid in full. The customer stores them apart, insures them "
        "against fire "
        "and theft and tells us at once of any seizure by others.",
        "Complaints about visible faults reach us within 8 days after delivery. We repair or replace at our choice; a "
        "second failed repair entitles the customer to a reduction of up to 15%.",
        "Prices are without tax, which is added at the rate in force, {rate}% at present. Packaging is charged at cost "
        "and taken back carriage paid within 3 months.",
    ),
    "de": (
        "Diese Bedingungen sind gültig ab {valid} und ersetzen alle früheren. Sie gelten für jeden Auftrag, "
        "auch wenn die "
        "Bedingungen des Kunden anders lauten, sofern wir diesen nicht schriftlich zugestimmt haben.",
        "Rechnungen sind {days} Tage nach ihrem Datum fällig. Bei Verzug berechnen wir Zinsen von 8,5 % im Jahr "
        "und eine "
        "Mahngebühr von {fee}; weitere Ansprüche bleiben vorbehalten.",
        "Unsere Haftung für leichte Fahrlässigkeit endet bei einem Gesamtbetrag von {limit} je Schadensfall. "
        "Ansprüche aus "
        "der Verletzung von Leben, Körper oder Gesundheit bleiben unberührt.",
        "Die Ware bleibt bis zur vollständigen Bezahlung unser Eigentum. Der Kunde lagert sie getrennt, versichert sie "
        "gegen Feuer und Diebstahl und meldet uns jede Pfändung durch Dritte sofort.",
        "Sichtbare Mängel sind uns binnen 8 Tagen nach Lieferung anzuzeigen. Wir bessern nach oder liefern neu; "
        "schlägt "
        "auch die zweite Nachbesserung fehl, kann der Kunde den Preis um bis zu 15 % mindern.",
        "Die Preise verstehen sich ohne Steuer, die in geltender Höhe hinzukommt, derzeit {rate} %. Verpackung "
        "wird zum "
        "Selbstkostenpreis berechnet und binnen 3 Monaten frachtfrei zurückgenommen.",
    ),
}
