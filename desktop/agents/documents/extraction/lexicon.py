"""What people call the things that are often looked for in letters, bills, contracts and reports.

Each concept has the labels that English and German documents put beside it, and only such as mean the same: an order
date is no delivery date. A field is tied to the concept that its name or hint speaks of; a candidate, to the concept
whose label stands closest to it. Fields of no concept are matched by their own words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop.agents.documents.extraction.field import Field, FieldType

_TABLE: Final = """
issued: invoice date, date of invoice, bill date, billing date, date of issue, issue date, issued on, issued, dated,
    document date, date, rechnungsdatum, datum der rechnung, belegdatum, ausstellungsdatum, ausgestellt am,
    ausgestellt, rechnung vom, datum
signed: signed on, date of signature, unterzeichnet am, unterschrieben am
due: due date, payment due, date due, due by, due on, due, payable by, payable until, payable no later than, pay by,
    please pay by, payment deadline, deadline, to be paid by, latest payment date, no later than, fälligkeitsdatum,
    fälligkeit, fällig am, fällig bis, fällig zum, fällig, zahlbar bis, zahlbar bis zum, zahlbar bis spätestens, zu
    zahlen bis, zahlungsziel, zahlungsfrist, zahlung bis, spätestens bis, bis spätestens, spätestens am, bis zum,
    überweisen sie bis
delivered: delivery date, date of delivery, delivered on, delivered, shipped on, ship date, date of supply, service
    date, period of service, lieferdatum, leistungsdatum, geliefert am, tag der lieferung, leistungszeitraum,
    lieferung vom
ordered: order date, ordered on, date of order, your order of, bestelldatum, bestellt am, bestellung vom,
    auftragsdatum, ihre bestellung vom, auftrag vom
printed: printed on, print date, gedruckt am, druckdatum, created on, erstellt am, as of, stand
valid_from: valid from, gültig ab, effective from, in the version of, fassung vom
valid_until: valid until, valid through, gültig bis
start: start date, begins on, commencement date, effective date, starts on, beginn, beginnt am, vertragsbeginn,
    startdatum
end: end date, ends on, expiry date, expires on, termination date, vertragsende, endet am, enddatum, ablaufdatum
born: date of birth, birth date, born on, born, dob, geburtsdatum, geboren am, geb.
total: grand total, invoice total, total amount due, total amount payable, total amount, total due, total payable,
    amount due, amount payable, amount owing, balance due, balance payable, total incl. vat, total including vat,
    total including tax, total incl. tax, total, gross total, gross amount, total gross, gross, to pay, amount to pay,
    sum total, gesamtbetrag,
    rechnungsbetrag, rechnungsendbetrag, endbetrag, gesamtsumme, bruttobetrag, gesamt brutto, summe brutto, brutto,
    zahlbetrag, forderungsbetrag, zu zahlender betrag, zu zahlen, gesamt, gesamtpreis, zahllast, endsumme, total
    brutto, gesamtbetrag brutto
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
customer_number: customer number, customer no, customer id, client no, kundennummer, kunden-nr, kundennr
account: account number, account no, kontonummer, iban
vendor: vendor, supplier, seller, issued by, from, lieferant, verkäufer, rechnungssteller, aussteller
order: order number, order no, purchase order, po number, bestellnummer, bestell-nr, auftragsnummer, auftrags-nr
price: unit price, price, einzelpreis, stückpreis, preis
quantity: quantity, qty, pieces, menge, anzahl, stück, stk
"""


def _read_table(table: str) -> dict[str, tuple[str, ...]]:
    concepts: dict[str, tuple[str, ...]] = {}
    for entry in re.split(r"\n(?=\w)", table.strip()):
        name, _, phrases = entry.partition(":")
        concepts[name] = _words(phrases)
    return concepts


def _words(listed: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in listed.split(","))


CONCEPTS: Final[Mapping[str, tuple[str, ...]]] = _read_table(_TABLE)
_CONCEPT_OF: Final = {phrase: concept for concept, phrases in CONCEPTS.items() for phrase in phrases}
_FAMILIES: Final = {
    # German makes new words of known parts, and both languages put a number between a paper and its date
    "issued": r"(?:rechnungs|faktura|beleg|ausstellungs|ausfertigungs)(?:datum|tag)|(?:rechnung|faktura|beleg)"
    r"(?:[ \n][\w./-]{1,30}){1,2}[ \n]vom|invoice(?:[ \n][\w./#-]{1,30}){1,2}[ \n](?:of|dated)",
    "due": r"(?:zahl|fällig|überweis|begleich)\w*(?: bitte| spätestens)?[ \n](?:bis|am|zum)(?: zum)?"
    r"|(?:fälligkeits|zahlungs)(?:tag|termin|datum|ziel)|(?:pay|settle|remit)\w*(?: it)? (?:by|before|no later than)",
    "delivered": r"(?:liefer|lieferungs|auslieferungs|versand|leistungs)(?:datum|tag|termin)"
    r"|(?:auslieferung|versand|versandt|lieferung)(?: am| vom)?|(?:dispatch|deliver|shipp)(?:ed|y)?(?: date)?(?: on)?",
    "ordered": r"(?:bestell|auftrags)(?:datum|tag|eingang)|(?:bestellung|auftrag)(?: am| vom)?"
    r"|order(?:ed)?(?: placed| received| date)?(?: on)?",
    "reference": r"(?:invoice|bill|rechnung|faktura|beleg)(?=[ \n](?=[\w./#-]*\d)[\w/#])",
}
_FAMILY: Final = {name: re.compile(rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE) for name, parts in _FAMILIES.items()}
_LABELS: Final = re.compile(
    r"(?<!\w)(?:"
    + "|".join(
        re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in sorted(_CONCEPT_OF, key=lambda each: -len(each))
    )
    + r")(?!\w)",
    re.IGNORECASE,
)
_DATES: Final = frozenset(
    {"issued", "signed", "due", "delivered", "ordered", "printed", "valid_from", "valid_until", "start", "end", "born"}
)
_NUMBERS: Final = frozenset({"total", "net", "tax", "price", "quantity"})
_CODES: Final = frozenset({"reference", "order", "customer_number", "account"})
PARTIES: Final = frozenset({"customer", "vendor"})
"""Who a paper is from and for: every letter and bill names them, often without a label."""
FOREIGN: Final = {
    FieldType.DATE: _NUMBERS | PARTIES | _CODES,
    FieldType.NUMBER: _DATES | PARTIES,
    FieldType.TEXT: _DATES | _NUMBERS | PARTIES,
    FieldType.BOOLEAN: frozenset[str](),
}
"""The concepts that can't be what a value of a type is: a date beside “tax point” is no tax."""
DISTRACTING: Final = frozenset({"earlier", "terms"})
"""What holds at another time, or on a condition only. These labels mean many things, so no field is tied to them."""
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
_LINKS: Final = frozenset(  # what may stand between a label and its value
    _words(
        "amount, amounts, total, sum, comes, being, are, the, for, our, your, und, and, der, die, das, den, dem, vom, "
        "von, bis, zum, beträgt, höhe, eur, usd, chf, gbp, incl, inkl, vat, tax, mwst, ust, umsatzsteuer, zzgl, plus, "
        "date, dated, datum, number, nummer, code"
    )
)
_SHARE: Final = re.compile(r"%|\b(?:percent|percentage|prozent|prozentsatz|share|anteil|(?:steuer|zins)satz)\b")
_RATE: Final = re.compile(r"\b(?:rate|satz|\w+satz|margin|marge|quote)\b(?<!umsatz)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label at a place in a text, and the concept it stands for."""

    start: int
    end: int
    concept: str


def labels_in(text: str) -> list[Label]:
    """The labels of a text in order; of overlapping ones the first, and of those the longest.

    Labels of dates and of other things may overlap: in “invoice 17 dated”, one word serves both.
    """
    found = [
        Label(start=match.start(), end=match.end(), concept=_concept(match[0])) for match in _LABELS.finditer(text)
    ]
    found += [
        Label(start=match.start(), end=match.end(), concept=concept)
        for concept, family in _FAMILY.items()
        for match in family.finditer(text)
    ]
    kept: list[Label] = []
    ends = {True: 0, False: 0}
    for label in sorted(found, key=lambda each: (each.start, -each.end)):
        if label.start >= ends[label.concept in _DATES]:
            ends[label.concept in _DATES] = label.end
            kept.append(label)
    return kept


def concept_of(field: Field) -> str | None:
    """The concept that a field's name is a label of, else its hint; None where neither is one as a whole.

    “Total employees” is no total of money: what a label leaves over must be a word such as amount or date.
    """
    for text in (field.words, field.hint.lower()):
        for label in labels_in(text):
            if label.concept in DISTRACTING:
                continue
            rest = {*_WORD.findall(text[: label.start]), *_WORD.findall(text[label.end :])}
            if rest <= _FILLERS:
                return label.concept
    return None


def asks_for_share(field: Field) -> bool | None:
    """Whether a field is a percentage; None where it may be one (a rate)."""
    asked = f"{field.words} {field.hint.lower()}"
    if _SHARE.search(asked):
        return True
    return None if _RATE.search(asked) else False


def speaks_of_more(text: str) -> bool:
    """Whether words between a label and a value say that the label speaks of something else (“total pages: 12”)."""
    return not _LINKS.issuperset(_WORD.findall(text.lower()))


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
