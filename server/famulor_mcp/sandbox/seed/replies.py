"""What an assistant answers in text, by a word of the question."""

from __future__ import annotations

from typing import Any

_HOURS_DE = "Wir sind Montag bis Freitag von 7 bis 17 Uhr für Sie da, der Notdienst immer."
_PRICE_DE = "Eine Wartung kostet 129 Euro, Anfahrt in Berlin inbegriffen."
_SLOT_DE = "Am Donnerstag zwischen neun und zwölf Uhr ist noch frei. Soll ich das eintragen?"
_HOURS_EN = "We are open Monday to Friday from 7 am to 5 pm. The emergency line always answers."
_PRICE_EN = "A yearly service is 129 euros, including the journey within the city."
_SLOT_EN = "Thursday between nine and noon is free. Shall I book it for you?"

_REPLIES = {
    "de": {
        "öffnungszeit": _HOURS_DE,
        "geöffnet": _HOURS_DE,
        "preis": _PRICE_DE,
        "kostet": _PRICE_DE,
        "termin": _SLOT_DE,
        "danke": "Sehr gern! Kann ich sonst noch etwas für Sie tun?",
        "": "Das kläre ich gern für Sie. Können Sie mir noch ein wenig mehr dazu sagen?",
    },
    "en": {
        "open": _HOURS_EN,
        "price": _PRICE_EN,
        "cost": _PRICE_EN,
        "appointment": _SLOT_EN,
        "book": _SLOT_EN,
        "thank": "You are welcome! Is there anything else I can do for you?",
        "": "I will gladly find that out for you. Could you tell me a little more?",
    },
}


def reply(language: str, text: str) -> tuple[str, list[dict[str, Any]]]:
    """The answer, and the tools that the assistant used for it."""
    replies = _REPLIES.get(language, _REPLIES["en"])
    answer = next(words for key, words in replies.items() if key in text.lower())
    if answer not in {_SLOT_DE, _SLOT_EN}:
        return answer, []
    looked_up = {
        "name": "check_free_slots",
        "arguments": {"day": "thursday"},
        "result": {"free": ["09:00", "10:00", "11:00"]},
    }
    return answer, [looked_up]
