"""The platform's stock: languages, voices, models and providers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from famulor_mcp.sandbox import dice

_LANGUAGES = (
    "German de, English en, French fr, Spanish es, Italian it, Dutch nl, Polish pl, Portuguese pt, "
    "Danish da, Swedish sv, Turkish tr, Czech cs"
)
_NAMES = {
    "de": "Anna Jonas Klara Lukas Greta Felix Marlene Paul",
    "en": "Emma Oliver Grace Henry Sophie Jack Alice Thomas",
    "fr": "Camille Hugo Manon Louis",
    "es": "Lucia Mateo Carmen Diego",
    "it": "Giulia Marco Chiara Luca",
    "nl": "Sanne Daan Fleur Bram",
    "pl": "Zofia Jakub Maja Adam",
    "pt": "Beatriz Tiago Ines Rui",
    "da": "Freja Mads",
    "sv": "Elsa Nils",
    "tr": "Elif Emre",
    "cs": "Tereza Jan",
}
_ACCENTS = {"de": ("Standard German", "Austrian"), "en": ("British", "American")}


@dataclass(frozen=True)
class Provider:
    """A speech provider; no languages means all of them."""

    id: int
    name: str
    code: str
    languages: tuple[int, ...] = ()


LANGUAGES: list[dict[str, Any]] = [
    {"id": number, "name": pair.split()[0], "iso_2": pair.split()[1]}
    for number, pair in enumerate(_LANGUAGES.split(", "), 1)
]

MODELS: dict[str, list[dict[str, Any]]] = {
    "llm": [
        {"id": 1, "name": "GPT-4o mini"},
        {"id": 2, "name": "GPT-4.1 mini"},
        {"id": 3, "name": "GPT-4.1"},
        {"id": 4, "name": "Gemini 2.5 Flash"},
        {"id": 5, "name": "Claude Haiku 4.5"},
    ],
    "multimodal": [
        {"id": 11, "name": "GPT Realtime", "code": "gpt-realtime"},
        {"id": 12, "name": "GPT Realtime mini", "code": "gpt-realtime-mini"},
        {"id": 13, "name": "Gemini Live", "code": "gemini-live"},
    ],
    "dualplex": [
        {"id": 21, "name": "Dualplex Realtime", "code": "dualplex-realtime"},
        {"id": 22, "name": "Dualplex Realtime mini", "code": "dualplex-realtime-mini"},
    ],
}

SYNTHESIZERS = [
    Provider(1, "ElevenLabs", "elevenlabs"),
    Provider(2, "Cartesia", "cartesia", (1, 2, 3, 4, 5, 6, 7, 8)),
    Provider(3, "Azure", "azure"),
]
TRANSCRIBERS = [
    Provider(1, "Deepgram", "deepgram", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
    Provider(2, "Azure", "azure"),
    Provider(3, "Gladia", "gladia"),
]


def _spoken() -> list[dict[str, Any]]:
    """Voices by language; their ids fit pipeline and dualplex."""
    rows: list[dict[str, Any]] = []
    for language in LANGUAGES:
        iso = language["iso_2"]
        for place, name in enumerate(_NAMES[iso].split()):
            rows.append(
                {
                    "id": 100 + len(rows),
                    "name": name,
                    "language_id": language["id"],
                    "gender": "male" if place % 2 else "female",
                    "preview_url": f"https://voices.example.com/{iso}/{name.lower()}.mp3",
                    "accent": dice.pick(_ACCENTS[iso], name) if iso in _ACCENTS else None,
                    "age": dice.pick(("young", "middle_aged", "old", None), iso, name),
                    "synthesizer_provider_id": 1 + place % 3,
                    "modes": ("pipeline", "dualplex"),
                }
            )
    return rows


def _realtime() -> list[dict[str, Any]]:
    """The voices of the multimodal models, which belong to no provider."""
    names = ["Alloy", "Coral", "Echo", "Marin", "Cedar", "Sage", "Shimmer", "Verse"]
    return [
        {
            "id": 301 + place,
            "name": name,
            "language_id": 1 + place % 2,
            "gender": "male" if name in {"Echo", "Cedar", "Verse"} else "female",
            "preview_url": f"https://voices.example.com/realtime/{name.lower()}.mp3",
            "accent": None,
            "age": None,
            "synthesizer_provider_id": None,
            "modes": ("multimodal",),
        }
        for place, name in enumerate(names)
    ]


VOICES: list[dict[str, Any]] = [*_spoken(), *_realtime()]
