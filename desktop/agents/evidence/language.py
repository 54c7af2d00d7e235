"""Which language a text is written in, by its small words; and the names of languages."""

import re
from typing import Final

_SMALL: Final = {
    language: frozenset(words.split())
    for language, words in {
        "German": "alle am aus bei bis bitte das dem den der des die dies diese ein eine es fasse fassen für gibt ich "
        "im in ist mit nicht oder punkte punkten sätzen sie sind und uns unser unsere vom von wann warum was welche "
        "wer wie wir wird wo zu zum zur zusammen über",
        "English": "a all and are as at be by does extract for from has have how in into is it list not of on or our "
        "please points summarise summarize that the this to was we were what when where which who why with you your an",
        "French": "au aux avec ce ces cette dans des du elle en est et il ils la le les leur ne nous ou par pas pour "
        "qu que qui quel quelle résumez résume sont sur un une vous à été",
        "Spanish": "al como con cuál de del el en es esta este la las lo los más no para por que qué resume se su sus "
        "un una y está",
        "Italian": "al alla che chi come con cosa da dal dei del della delle di e gli i il in la le nel non per quale "
        "riassumi si sono un una è",
        "Dutch": "aan bij dat de deze die dit een en er het hoe in is met naar niet of om ook op te van vat voor wat "
        "welke wie worden wordt zijn",
        "Polish": "co czy dla do i jak jest na nie od oraz po przez są się ten to w z za że",
        "Portuguese": "ao as com da das de do dos e em na nas no não o os ou para pela pelo por qual que quem se sua "
        "um uma é à",
        "Swedish": "att av de den det du en ett för har hur i inte med och om på som sammanfatta till vad var vem är",
    }.items()
}

SMALL_WORDS: Final = _SMALL["German"] | _SMALL["English"] | {"welcher", "welches", "welchen", "there", "many", "much"}
"""Words that say nothing about what a question is about."""

_NAMES: Final = {
    code: name
    for name, codes in {
        "Arabic": "ar",
        "Bulgarian": "bg",
        "Catalan": "ca",
        "Chinese": "zh",
        "Croatian": "hr",
        "Czech": "cs",
        "Danish": "da",
        "Dutch": "nl",
        "English": "en englisch",
        "Estonian": "et",
        "Finnish": "fi",
        "French": "fr",
        "German": "de deutsch",
        "Greek": "el",
        "Hebrew": "he",
        "Hindi": "hi",
        "Hungarian": "hu",
        "Indonesian": "id",
        "Irish": "ga",
        "Italian": "it",
        "Japanese": "ja",
        "Korean": "ko",
        "Latvian": "lv",
        "Lithuanian": "lt",
        "Norwegian": "no nb nn",
        "Persian": "fa",
        "Polish": "pl",
        "Portuguese": "pt",
        "Romanian": "ro",
        "Russian": "ru",
        "Serbian": "sr",
        "Slovak": "sk",
        "Slovenian": "sl",
        "Spanish": "es",
        "Swedish": "sv",
        "Thai": "th",
        "Turkish": "tr",
        "Ukrainian": "uk",
        "Vietnamese": "vi",
    }.items()
    for code in codes.split()
}
_SAMPLE: Final = 20_000  # characters whose words tell the language
_CODE: Final = re.compile(r"([a-z]{2})(?:[-_][a-z0-9]{2,4})*", re.IGNORECASE)  # de, de-DE, zh-Hant-TW
_NAME: Final = re.compile(r"[^\W\d_]{4,20}(?: [^\W\d_]{2,20})?")


def language_of(text: str) -> str:
    """The English name of a text's language; empty where its small words do not tell, or are of none of those known."""
    words = re.findall(r"[^\W\d_]+", text[:_SAMPLE].lower())
    counts = {language: sum(word in small for word in words) for language, small in _SMALL.items()}
    counts["German"] += sum(any(sign in "äöüß" for sign in word) for word in words)
    best, second = sorted(counts, key=lambda language: -counts[language])[:2]
    return best if counts[best] > counts[second] else ""


def is_told(language: str) -> bool:
    """Whether `language_of` knows a language."""
    return language in _SMALL


def parse_language(wanted: str) -> str | None:
    """The English name of a language, from that name or a code (ISO 639-1, with a region or not); None: neither.

    A name that is not known is taken as it is, since there are more languages than are listed here.
    """
    code = _CODE.fullmatch(wanted)
    key = (code[1] if code else wanted).lower()
    if key in _NAMES:
        return _NAMES[key]
    return wanted.title() if _NAME.fullmatch(wanted) else None
