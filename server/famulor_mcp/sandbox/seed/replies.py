"""What an assistant answers in text, by a word of the question."""

from __future__ import annotations

from typing import Any

_REPLIES: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (
        ("öffnungszeit", "Wir sind Montag bis Freitag von 7 bis 17 Uhr für Sie da, der Notdienst "
         "rund um die Uhr."),
        ("geöffnet", "Wir sind Montag bis Freitag von 7 bis 17 Uhr für Sie da."),
        ("preis", "Eine Wartung kostet 129 Euro, Anfahrt in Berlin inbegriffen."),
        ("kostet", "Eine Wartung kostet 129 Euro, Anfahrt in Berlin inbegriffen."),
        ("termin", "Am Donnerstag zwischen neun und zwölf Uhr ist noch frei. Soll ich den Termin für "
         "Sie eintragen?"),
        ("danke", "Sehr gern! Kann ich sonst noch etwas für Sie tun?"),
        ("", "Das kläre ich gern für Sie. Können Sie mir noch ein wenig mehr dazu sagen?"),
    ),
    "en": (
        ("open", "We are open Monday to Friday from 7 am to 5 pm. The emergency line always answers."),
        ("price", "A yearly service is 129 euros, including the journey within the city."),
        ("cost", "A yearly service is 129 euros, including the journey within the city."),
        ("appointment", "Thursday between nine and noon is free. Shall I book it for you?"),
        ("book", "Thursday between nine and noon is free. Shall I book it for you?"),
        ("thank", "You are welcome! Is there anything else I can do for you?"),
        ("", "I will gladly find that out for you. Could you tell me a little more?"),
    ),
}  # fmt: skip
_BOOKING = ("termin", "appointment", "book")


def reply(language: str, text: str) -> tuple[str, list[dict[str, Any]]]:
    """The answer, and the tools that the assistant used for it."""
    replies = _REPLIES.get(language, _REPLIES["en"])
    word, answer = next(pair for pair in replies if pair[0] in text.lower())
    if word not in _BOOKING:
        return answer, []
    looked_up = {
        "name": "check_free_slots",
        "arguments": {"day": "thursday"},
        "result": {"free": ["09:00", "10:00", "11:00"]},
    }
    return answer, [looked_up]
