"""An invoice whose every figure is known, drawn from a seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FORMATS = ("pdf", "docx", "html", "txt")
FIELDS = (
    "invoice_number, invoice_date:date, due_date:date, vendor=who issues the invoice, customer=who receives it, "
    "net:number=total before tax, vat:number=amount of tax, total:number=amount of this invoice including tax"
)
_VENDORS = {
    "en": (
        "Harbour Lane Supplies Ltd", "Brightwater Engineering plc", "Northfield & Sons Ltd", "Calder Print Works LLP",
        "Oakridge Software Inc.", "R&D Instruments Ltd", "The Paper Mill Company", "Pinewood Catering Services",
    ),
    "de": (
        "Müller & Söhne GmbH", "Bürobedarf Lindner KG", "Nordlicht Elektrotechnik GmbH", "Gebrüder Weiß Logistik AG",
        "Schreinerei Köhler e.K.", "Isartal Softwarehaus GmbH", "Druckerei Größmann OHG", "Blumen Jäger",
    ),
}  # fmt: skip
_CUSTOMERS = {
    "en": (
        "Ashdown Medical Centre", "Kestrel Aviation Ltd", "Greenbank Primary School", "Mason & Drew Architects",
        "Tidewater Hotels Group", "Larkspur Publishing Ltd", "Foxglove Veterinary Clinic",
    ),
    "de": (
        "Stadtwerke Überlingen", "Autohaus Schönfeld GmbH", "Zahnarztpraxis Dr. Krüger", "Hotel Drei Könige GmbH",
        "Verlag Straßmann & Co. KG", "Grundschule Am Mühlbach", "Weingut Böhm",
    ),
}  # fmt: skip
_WARES = {
    "en": (
        "Copper cable, 25 m", "Office chair", "Server maintenance", "Consulting hours", "Toner cartridge",
        "Steel bracket M8", "Annual licence", "Floor cleaning", "Printed brochures", "Oak shelf",
    ),
    "de": (
        "Kupferkabel, 25 m", "Bürostuhl", "Serverwartung", "Beratungsstunden", "Tonerkartusche", "Stahlwinkel M8",
        "Jahreslizenz", "Bodenreinigung", "Broschüren, gedruckt", "Eichenregal",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of an invoice."""

    name: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All that an invoice says, and how it writes numbers and dates."""

    language: str
    number: str
    issued: date
    due: date
    vendor: str
    customer: str
    items: tuple[Item, ...]
    rate: int
    delivered: date
    ordered: date
    earlier: Decimal  # a balance of an earlier time
    earlier_number: str
    number_style: str  # de, ch, en, iso
    date_style: str
    currency: str
    currency_first: bool
    wording: int
    long: bool
    format: str

    @property
    def net(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def vat(self) -> Decimal:
        return (self.net * self.rate / 100).quantize(CENT, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat

    def truth(self) -> dict[str, str | float]:
        """What a table of this invoice must say."""
        return {
            "invoice_number": self.number,
            "invoice_date": self.issued.isoformat(),
            "due_date": self.due.isoformat(),
            "vendor": self.vendor,
            "customer": self.customer,
            "net": float(self.net),
            "vat": float(self.vat),
            "total": float(self.total),
        }


def make_bills(seed: int, count: int) -> list[Bill]:
    """`count` invoices: languages by turns, formats by turns, every third one long."""
    randomness = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return [_bill(randomness, index) for index in range(count)]


def _bill(randomness: random.Random, index: int) -> Bill:
    language = ("en", "de")[index % 2]
    issued = date(2025, 1, 1) + timedelta(days=randomness.randrange(600))
    long = index % 3 == 2
    wares = randomness.sample(_WARES[language], randomness.randint(5, 8) if long else randomness.randint(1, 4))
    currency, first = randomness.choice(
        [("EUR", False), ("€", False), ("CHF", True), ("EUR", True)]
        if language == "de"
        else [("£", True), ("USD", True), ("$", True), ("EUR", False), ("€", True)]
    )
    styles = ("ch",) if currency == "CHF" else ("de",) if language == "de" else ("en", "en", "iso")
    return Bill(
        language=language,
        number=_number(randomness, language, issued),
        issued=issued,
        due=issued + timedelta(days=randomness.choice((10, 14, 21, 30, 45))),
        vendor=randomness.choice(_VENDORS[language]),
        customer=randomness.choice(_CUSTOMERS[language]),
        items=tuple(_item(randomness, name) for name in wares),
        rate=randomness.choice((19, 7) if language == "de" else (20, 5, 8)),
        delivered=issued - timedelta(days=randomness.randint(1, 9)),
        ordered=issued - timedelta(days=randomness.randint(12, 40)),
        earlier=Decimal(randomness.randint(5_000, 900_000)) / 100,
        earlier_number=_number(randomness, language, issued - timedelta(days=60)),
        number_style=randomness.choice(styles),
        date_style=_date_style(randomness, language, currency),
        currency=currency,
        currency_first=first,
        wording=randomness.randrange(6),
        long=long,
        format=FORMATS[(index // 2) % 4],
    )


def _item(randomness: random.Random, name: str) -> Item:
    price = Decimal(randomness.randint(300, 99_900) * randomness.choice((1, 1, 5))) / 100
    return Item(name=name, quantity=randomness.choice((1, 1, 2, 3, 5, 10, 12, 40)), price=price)


def _number(randomness: random.Random, language: str, issued: date) -> str:
    running = randomness.randint(100, 99_999)
    return randomness.choice(
        (
            f"{'RE' if language == 'de' else 'INV'}-{issued.year}-{running:05d}",
            f"{issued.year}/{running}",
            f"{running:06d}",
            f"{'R' if language == 'de' else 'SI'}{issued:%y%m}-{running}",
        )
    )


def _date_style(randomness: random.Random, language: str, currency: str) -> str:
    if language == "de":
        return randomness.choice(("d.m.y", "d.m.y", "d.m.yy", "words-de", "iso"))
    if currency in {"$", "USD"}:
        return randomness.choice(("m/d/y", "words-us", "iso"))
    return randomness.choice(("d/m/y", "words-en", "iso", "short-en"))
