"""What the platform offers for assistants: languages, voices, models, providers, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import Answer
from .rules import Check
from .seed import catalogue as stock

if TYPE_CHECKING:
    from .store import Request


def languages(_: Request) -> Answer:
    """All languages, bare."""
    return Answer(stock.LANGUAGES)


def models(request: Request) -> Answer:
    """Models of a type (default llm), bare; `code` only on multimodal and dualplex ones."""
    asked = Check(request.query, {"type": "string|in:llm,multimodal,dualplex"}).done()
    return Answer(stock.MODELS[asked.get("type", "llm")])


def voices(request: Request) -> Answer:
    """Voices that fit a mode and a language, bare."""
    rules = {"mode": "string|in:pipeline,multimodal,dualplex", "language_id": "integer"}
    asked = Check(request.query, rules).done()
    return Answer(
        [
            {key: value for key, value in voice.items() if key != "modes"}
            for voice in stock.VOICES
            if asked.get("mode", voice["modes"][0]) in voice["modes"]
            and asked.get("language_id", voice["language_id"]) == voice["language_id"]
        ]
    )


def synthesizers(request: Request) -> Answer:
    """Text-to-speech providers, bare; those that speak a language if one is named."""
    return _providers(request, stock.SYNTHESIZERS)


def transcribers(request: Request) -> Answer:
    """Speech-to-text providers, bare; those that know a language if one is named."""
    return _providers(request, stock.TRANSCRIBERS)


def _providers(request: Request, providers: list[stock.Provider]) -> Answer:
    language = Check(request.query, {"language_id": "integer"}).done().get("language_id")
    return Answer(
        [
            {"id": each.id, "name": each.name, "code": each.code}
            for each in providers
            if language is None or not each.languages or language in each.languages
        ]
    )


def assignable(request: Request) -> Answer:
    """Numbers that an assistant can take, bare; inbound hides caller ids and taken numbers."""
    kind = Check(request.query, {"type": "string|in:inbound,outbound"}).done().get("type")
    held = {
        row["phone_number_id"]
        for row in request.account.assistants.values()
        if row["type"] == "inbound"
    }
    rows = [
        row
        for row in request.account.numbers.values()
        if kind != "inbound" or (row["type"] != "caller_id" and row["id"] not in held)
    ]
    return Answer(
        [
            {
                "id": row["id"],
                "phone_number": row["phone_number"],
                "country_code": row["country_code"],
                "type_label": row["type_label"],
                "is_available": row["id"] not in held,
            }
            for row in rows
        ]
    )
