"""Small numbers in words, in English and German."""

from typing import Final

NUMBER_WORDS: Final = {
    word: number
    for number, words in enumerate(
        [
            ("one", "einem", "einen"),
            ("two", "zwei"),
            ("three", "drei"),
            ("four", "vier"),
            ("five", "fünf"),
            ("six", "sechs"),
            ("seven", "sieben"),
            ("eight", "acht"),
            ("nine", "neun"),
            ("ten", "zehn"),
            ("eleven", "elf"),
            ("twelve", "zwölf"),
        ],
        start=1,
    )
    for word in words
}
