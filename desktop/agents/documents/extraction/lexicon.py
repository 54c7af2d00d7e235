"""What people call the things that are often looked for in letters, bills, contracts and reports.

Each concept has the labels that English and German documents put beside it. A field is tied to the concept that its
name or hint speaks of; a candidate, to the concept whose label stands closest to it. Fields of no concept are matched
by their own words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop.agents.documents.extraction.field import Field, FieldType

_TABLE: Final = """
issued: invoice date, date of invoice, bill date, billing date, date of issue, issue date, issued on, issued, dated,
    document date, date, rechnungsdatum, datum der rechnung, belegdatum, ausstellungsdatum, ausgestellt am,
    ausgestellt, rechnung vom, datum, bill of, signed on, unterzeichnet am
due: due date, payment due, date due, due by, due on, due, payable by, payable until, payable no later than, pay by,
    please pay by, payment deadline, deadline, to be paid by, latest payment date, no later than, fälligkeitsdatum,
    fälligkeit, fällig am, fällig bis, fällig zum, fällig, zahlbar bis, zahlbar bis zum, zahlbar bis spätestens, zu
    zahlen bis, zahlungsziel, zahlungsfrist, zahlung bis, spätestens bis, bis spätestens, spätestens am, bis zum,
    überweisen sie bis
delivered: delivery date, date of delivery, delivered on, delivered, shipped on, ship date, date of supply, service
    date, period of service, order date, ordered on, date of order, your order of, lieferdatum, leistungsdatum,
    geliefert am, tag der lieferung, leistungszeitraum, bestelldatum, bestellt am, bestellung vom, auftragsdatum,
    ihre bestellung vom, auftrag vom, lieferung vom
printed: printed on, print date, gedruckt am, druckdatum, created on, erstellt am, as of, stand, valid from, valid
    until, gültig ab, gültig bis, effective from, in the version of, fassung vom
start: start date, begins on, commencement date, effective date, starts on, beginn, beginnt am, vertragsbeginn,
    startdatum
end: end date, ends on, expiry date, expires on, termination date, vertragsende, endet am, enddatum, ablaufdatum
born: date of birth, birth date, born on, born, dob, geburtsdatum, geboren am, geb.
total: grand total, invoice total, total amount due, total amount payable, total amount, total due, total payable,
    amount due, amount payable, balance due, total incl. vat, total including vat, total including tax, total incl.
    tax, total, gross total, gross amount, total gross, gross, to pay, amount to pay, sum total, gesamtbetrag,
    rechnungsbetrag, rechnungsendbetrag, endbetrag, gesamtsumme, bruttobetrag, gesamt brutto, summe brutto, brutto,
    zahlbetrag, zu zahlender betrag, zu zahlen, gesamt, gesamtpreis, zahllast, endsumme, total brutto, gesamtbetrag
    brutto
net: net amount, net total, total net, subtotal, sub-total, sub total, net value, net, total excl. vat, total
    excluding vat, total before tax, amount before tax, total before vat, taxable amount, excl. vat, goods total,
    nettobetrag, gesamt netto, summe netto, netto, nettosumme, zwischensumme, warenwert, gesamtbetrag netto, total
    netto, summe ohne mwst, betrag ohne mwst
tax: vat amount, vat, value added tax, sales tax, tax amount, tax, gst, umsatzsteuer, mehrwertsteuer, mwst, mwst.,
    ust, ust., zzgl. mwst, zzgl. umsatzsteuer, steuerbetrag, steuer
earlier: previous balance, earlier balance, opening balance, balance brought forward, brought forward, carried
    forward, last invoice, previous invoice, previous total, last month, last year, previous year, open from, credit
    limit, already paid, payments received, payment received, paid on, deposit, prepayment, vorsaldo, saldovortrag,
    alter saldo, saldo vormonat, übertrag, vormonat, vorjahr, vorherige rechnung, letzte rechnung, offener posten,
    offener saldo, anzahlung, bereits bezahlt, zahlungseingang, kreditrahmen, balance, saldo, account balance,
    kontostand, reminder of, mahnung vom
terms: discount, cash discount, late fee, reminder fee, interest, skonto, rabatt, mahngebühr, verzugszinsen,
    liability, haftung
reference: invoice number, invoice no, invoice no., invoice #, invoice id, bill number, bill no, rechnungsnummer,
    rechnungs-nr, rechnungs-nr., rechnung nr, rechnung nr., belegnummer, beleg-nr
customer: customer, bill to, billed to, invoice to, client, buyer, kunde, rechnungsempfänger, rechnung an,
    auftraggeber, käufer
customer_number: customer number, customer no, customer id, client no, account no, account number, kundennummer,
    kunden-nr, kundennr
vendor: vendor, supplier, seller, issued by, from, lieferant, verkäufer, rechnungssteller, aussteller
order: order number, order no, purchase order, po number, bestellnummer, bestell-nr, auftragsnummer, auftrags-nr
salary: salary, annual salary, monthly salary, wage, gehalt, jahresgehalt, monatsgehalt, bruttogehalt
rent: rent, monthly rent, miete, kaltmiete, warmmiete, monatsmiete
price: unit price, price, rate, einzelpreis, stückpreis, preis, satz
quantity: quantity, qty, pieces, menge, anzahl, stück, stk
"""


def _read_table(table: str) -> dict[str, tuple[str, ...]]:
    concepts: dict[str, tuple[str, ...]] = {}
    for entry in re.split(r"\n(?=\w)", table.strip()):
        name, _, phrases = entry.partition(":")
        concepts[name] = tuple(" ".join(phrase.split()) for phrase in phrases.split(","))
    return concepts


CONCEPTS: Final[Mapping[str, tuple[str, ...]]] = _read_table(_TABLE)
_CONCEPT_OF: Final = {phrase: concept for concept, phrases in CONCEPTS.items() for phrase in phrases}
_FAMILIES: Final = {
    # German makes new words of known parts, and both languages put a number between a paper and its date
    "issued": r"(?:rechnungs|faktura|beleg|ausstellungs|ausfertigungs)(?:datum|tag)|(?:rechnung|faktura|beleg)"
    r"(?:[ \n][\w./-]{1,30}){1,2}[ \n]vom|invoice(?:[ \n][\w./#-]{1,30}){1,2}[ \n](?:of|dated)",
    "due": r"(?:zahl|fällig|überweis|begleich)\w*(?: bitte| spätestens)?[ \n](?:bis|am|zum)(?: zum)?"
    r"|(?:fälligkeits|zahlungs)(?:tag|termin|datum|ziel)|(?:pay|settle|remit)\w*(?: it)? (?:by|before|no later than)",
    "delivered": r"(?:liefer|lieferungs|auslieferungs|versand|leistungs|bestell|auftrags)(?:datum|tag|termin|eingang)"
    r"|(?:auslieferung|versand|versandt|lieferung|bestellung|auftrag|bestelleingang)(?: am| vom)?"
    r"|(?:dispatch|deliver|shipp|order)(?:ed|y)?(?: placed| received| date)?(?: on)?",
}
_FAMILY: Final = re.compile(
    "|".join(rf"(?P<{name}>(?<!\w)(?:{parts})(?!\w))" for name, parts in _FAMILIES.items()), re.IGNORECASE
)
_LABELS: Final = re.compile(
    r"(?<!\w)(?:"
    + "|".join(
        re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in sorted(_CONCEPT_OF, key=lambda each: -len(each))
    )
    + r")(?!\w)",
    re.IGNORECASE,
)
_DATES: Final = frozenset({"issued", "due", "delivered", "printed", "start", "end", "born"})
_NUMBERS: Final = frozenset({"total", "net", "tax", "salary", "rent", "price", "quantity"})
FOREIGN: Final = {
    FieldType.DATE: _NUMBERS,
    FieldType.NUMBER: _DATES,
    FieldType.TEXT: frozenset[str](),
    FieldType.BOOLEAN: frozenset[str](),
}
"""The concepts that can't be what a value of a type is: a date beside “tax point” is no tax."""
_IDENTIFIERS: Final = frozenset(
    {"number", "no", "nr", "id", "nummer", "reference", "iban", "isbn", "rechnungsnummer", "kundennummer"}
    | {"bestellnummer", "auftragsnummer", "vertragsnummer", "aktenzeichen", "steuernummer", "telefonnummer"}
)
_KEYS: Final = {
    # too common to be labels within a sentence
    "customer": frozenset({"to", "an", "recipient", "empfänger", "addressee", "sold to", "ship to"}),
    "vendor": frozenset({"from", "von", "absender", "sender"}),
}
_LONGEST_KEY: Final = 40
_FILLERS: Final = frozenset(
    {"amount", "date", "value", "sum", "price", "the", "betrag", "wert", "summe", "eur", "usd", "chf"}
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label at a place in a text, and the concept it stands for."""

    start: int
    end: int
    concept: str


def labels_in(text: str) -> list[Label]:
    """The labels of a text in order; of overlapping ones the first, and of those the longest."""
    found = [
        Label(start=match.start(), end=match.end(), concept=_concept(match[0])) for match in _LABELS.finditer(text)
    ]
    found += [
        Label(start=match.start(), end=match.end(), concept=match.lastgroup or "") for match in _FAMILY.finditer(text)
    ]
    kept: list[Label] = []
    for label in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or label.start >= kept[-1].end:
            kept.append(label)
    return kept


def concept_of(field: Field) -> str | None:
    """The concept that a field's name is a label of, else its hint; None where neither is one as a whole.

    “Total employees” is no total of money: what a label leaves over must be a word such as amount or date.
    """
    for text in (field.words, field.hint.lower()):
        for label in labels_in(text):
            rest = {*_WORD.findall(text[: label.start]), *_WORD.findall(text[label.end :])}
            if rest <= _FILLERS:
                return label.concept
    return None


def names_identifier(field: Field) -> bool:
    """Whether a field is the number, code or reference of something: a word with digits, copied as it is."""
    return not {*_WORD.findall(field.words), *field.words.split()}.isdisjoint(_IDENTIFIERS)


def is_key(text: str, concept: str | None) -> bool:
    """Whether a (short) text, such as what stands before a colon or in a cell, is a label of the concept as a whole."""
    text = " ".join(text.split()).strip(" :.#").lower()
    if concept is None or not text or len(text) > _LONGEST_KEY:
        return False
    if text in _KEYS.get(concept, ()):
        return True
    return any(label.concept == concept and len(text) - (label.end - label.start) <= 1 for label in labels_in(text))


def words_of(field: Field) -> frozenset[str]:
    """The words of a field's name and hint that may stand in a document too."""
    return frozenset(_WORD.findall(f"{field.words} {field.hint}".lower()))


def shared_words(words: frozenset[str], text: str) -> float:
    """The part of `words` that a (short) text holds, 0 to 1."""
    return len(words & set(_WORD.findall(text.lower()))) / len(words) if words else 0.0


def _concept(written: str) -> str:
    phrase = re.sub(r"\s+", " ", written.lower())
    return _CONCEPT_OF.get(phrase) or _CONCEPT_OF.get(phrase.replace("-", " ")) or ""
