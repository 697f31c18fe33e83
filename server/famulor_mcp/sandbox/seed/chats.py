"""Conversations of every type, WhatsApp senders, templates and threads of the seeded account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from famulor_mcp.sandbox import conversations, whatsapp

if TYPE_CHECKING:
    from famulor_mcp.sandbox.store import Account, World

_CHATS: tuple[tuple[int, dict[str, Any], float, tuple[str, ...]], ...] = (
    (8, {"type": "widget"}, 0.4, ("What does a yearly service cost?", "Thank you!")),
    (8, {"type": "widget"}, 26, ("When are you open?", "Can I book an appointment?")),
    (1, {"type": "widget"}, 50, ("Wann habt ihr geöffnet?", "Danke")),
    (8, {"type": "test"}, 71, ("Hello, is this a test?",)),
    (1, {"type": "test"}, 95, ("Ich brauche einen Termin.",)),
    (1, {"type": "api", "external_identifier": "crm-4711"}, 30, ("Was kostet die Wartung?",)),
    (2, {"type": "api", "external_identifier": "crm-4712"}, 120, ("Do you install heat pumps?",)),
)
_SENDERS = (
    ("+493023125090", "Lindenhof Haustechnik", "online", "GREEN", 1000, 1),
    ("+442079460090", "Lindenhof London", "online", "YELLOW", None, 2),
    ("+493023125091", "Lindenhof Notdienst", "offline", "RED", 250, 6),
)
_TEMPLATES = (
    (1, "termin_erinnerung", "de", "utility", "approved", ("name", "zeit"),
     "Hallo {{1}}, wir erinnern an Ihren Wartungstermin: {{2}}. Passt das noch?"),
    (1, "herbst_aktion", "de", "marketing", "pending", ("name",),
     "Hallo {{1}}, jetzt die Wartung für den Herbst buchen und 10 % sparen."),
    (1, "willkommen", "de", "utility", "approved", (),
     "Willkommen bei Lindenhof Haustechnik! Womit können wir helfen?"),
    (2, "service_reminder", "en", "utility", "approved", ("name", "time"),
     "Hello {{1}}, this is a reminder of your boiler service: {{2}}. Does it still suit you?"),
    (2, "login_code", "en", "authentication", "rejected", ("code",), "Your code is {{1}}."),
    (3, "notdienst_unterwegs", "de", "utility", "approved", ("minuten",),
     "Unser Techniker ist in etwa {{1}} Minuten bei Ihnen."),
)  # fmt: skip
_THREADS = (
    (1, {"phone": "+493023125101", "name": "Sabine Krüger"}, 3, "Ja, der Termin passt."),
    (2, {"phone": "+442079460101", "name": "Priya Raman"}, 40, "Thank you, see you then."),
)


def stock(world: World, account: Account) -> None:
    """Store them; the first thread's window is open, the second's has expired."""
    now = world.clock.now()
    paid = account.balance
    for assistant, facts, hours, said in _CHATS:
        begin = now - timedelta(hours=hours)
        owner = account.assistants[assistant]
        row = conversations.build(world, account, owner, begin, {"variables": {}} | facts)
        for place, text in enumerate(said):
            conversations.say(account, row, text, begin + timedelta(minutes=place + 1))
    _senders(world, account)
    for sender, customer, hours, text in _THREADS:
        _thread(world, account, (sender, customer, text), now - timedelta(hours=hours))
    account.balance = paid


def _senders(world: World, account: Account) -> None:
    for phone, name, status, rating, limit, assistant in _SENDERS:
        number = world.next_id("sender")
        account.senders[number] = {
            "id": number,
            "phone_number": phone,
            "display_name": name,
            "status": status,
            "quality_rating": rating,
            "messaging_limit": limit,
            "messaging_limit_formatted": f"{limit:,} per day" if limit else "Unlimited",
            "assistant_id": assistant,
        }
    for sender, name, language, category, status, variables, text in _TEMPLATES:
        number = world.next_id("template")
        account.templates[number] = {
            "id": number,
            "sender_id": sender,
            "name": name,
            "language": language,
            "category": category,
            "status": status,
            "body_text": text,
            "variables": list(variables),
        }


def _thread(
    world: World, account: Account, facts: tuple[int, dict[str, Any], str], when: datetime
) -> None:
    sender, customer, text = facts
    thread = whatsapp.start(world, account, account.senders[sender], customer, when)
    conversations.say(account, account.conversations[thread["conversation"]], text, when)
    thread["last"] = when
