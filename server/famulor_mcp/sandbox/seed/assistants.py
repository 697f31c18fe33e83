"""The assistants of the seeded account, Lindenhof Haustechnik: heating, plumbing and solar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.sandbox import assistants

if TYPE_CHECKING:
    from famulor_mcp.sandbox.store import Account, World

_OUTCOME = {"name": "outcome", "type": "string", "description": "How the call ended, in a word"}
_GOAL = {"name": "goal_reached", "type": "bool", "description": "Whether the call met its goal"}
_RATING = {"name": "rating", "type": "number", "description": "How content the person was, 0 to 5"}
_WISH = {"name": "wish_date", "type": "string", "description": "The agreed or wished time"}
_CONCERN = {"name": "concern", "type": "string", "description": "What the caller wanted"}
_BUDGET = {"name": "budget", "type": "number", "description": "Yearly electricity bill in EUR"}
_END = {"type": "end_call", "description": "When both have said goodbye."}

_PIPELINE = {"mode": "pipeline", "llm_model_id": 2, "transcriber_provider_id": 1}
_MULTIMODAL = {"mode": "multimodal", "multimodal_model_id": 11, "chat_llm_fallback_id": 2}
_DUALPLEX = {"mode": "dualplex", "multimodal_model_id": 21, "synthesizer_provider_id": 1}
_GERMAN = {"language_id": 1, "timezone": "Europe/Berlin"}
_ENGLISH = {"language_id": 2, "timezone": "Europe/London"}

_ASSISTANTS: tuple[dict[str, Any], ...] = (
    _PIPELINE
    | _GERMAN
    | {
        "topic": "empfang",
        "name": "Empfang Lindenhof",
        "type": "inbound",
        "voice_id": 100,
        "phone_number_id": 1,
        "knowledgebase_id": 1,
        "folder_id": 1,
        "label_ids": [1],
        "tool_ids": [1],
        "initial_message": "Lindenhof Haustechnik, guten Tag! Wie kann ich Ihnen helfen?",
        "system_prompt": "Du bist der freundliche Empfang von Lindenhof Haustechnik in Berlin. "
        "Nimm Anliegen auf, vergib Termine und leite Notfälle an den Notdienst weiter.",
        "post_call_schema": [_OUTCOME, _GOAL, _CONCERN],
        "tools": [
            _END,
            {
                "type": "call_transfer",
                "phone_number": "+493023125010",
                "description": "Wenn jemand ausdrücklich einen Menschen verlangt.",
                "warm_transfer": False,
            },
        ],
        "fillers": True,
        "record": True,
    },
    _PIPELINE
    | _ENGLISH
    | {
        "topic": "reception",
        "name": "Lindenhof Reception (English)",
        "type": "inbound",
        "voice_id": 108,
        "phone_number_id": 2,
        "knowledgebase_id": 2,
        "folder_id": 1,
        "label_ids": [2],
        "secondary_language_ids": [1],
        "initial_message": "Lindenhof Building Services, good day! How may I help you?",
        "system_prompt": "You are the reception of Lindenhof Building Services. Take requests, "
        "offer appointments, and stay brief.",
        "post_call_schema": [_OUTCOME, _GOAL, _CONCERN],
        "tools": [_END],
        "record": True,
    },
    _PIPELINE
    | _GERMAN
    | {
        "topic": "termin",
        "name": "Terminbestätigung Wartung",
        "type": "outbound",
        "voice_id": 102,
        "phone_number_id": 1,
        "folder_id": 2,
        "label_ids": [1, 3],
        "initial_message": "Guten Tag, hier ist Lena von Lindenhof Haustechnik. Spreche ich mit "
        "{{customer_name}}?",
        "system_prompt": "Du rufst Kunden an, um den Wartungstermin zu klären.",
        "variables": {"customer_name": "unserer Kundin oder unserem Kunden"},
        "post_call_schema": [_OUTCOME, _GOAL, _WISH, _RATING],
        "tools": [_END, {"type": "dtmf_input"}],
        "is_webhook_active": True,
        "webhook_url": "https://hooks.lindenhof.example/calls",
        "record": True,
    },
    _MULTIMODAL
    | _ENGLISH
    | {
        "topic": "reminder",
        "name": "Service Reminder",
        "type": "outbound",
        "voice_id": 302,
        "phone_number_id": 2,
        "folder_id": 2,
        "label_ids": [2, 3],
        "initial_message": "Hello, this is Amy from Lindenhof. Am I speaking with "
        "{{customer_name}}?",
        "system_prompt": "You call customers whose boiler or heat pump is due for its yearly "
        "service, and agree on a time.",
        "variables": {"customer_name": "the customer"},
        "post_call_schema": [_OUTCOME, _GOAL, _WISH, _RATING],
        "tools": [_END],
        "record": True,
    },
    _DUALPLEX
    | _ENGLISH
    | {
        "topic": "solar",
        "name": "Solar Lead Follow-up",
        "type": "outbound",
        "voice_id": 111,
        "phone_number_id": 2,
        "folder_id": 2,
        "label_ids": [2, 4],
        "initial_message": "Hi {{customer_name}}, this is Noah from Lindenhof Solar. You asked us "
        "about a solar roof.",
        "system_prompt": "You qualify people who asked for a solar offer: ownership, roof, yearly "
        "bill. If it fits, book a visit of the planner.",
        "variables": {"customer_name": "there"},
        "post_call_schema": [_OUTCOME, _GOAL, _BUDGET],
        "tools": [_END],
    },
    _MULTIMODAL
    | _GERMAN
    | {
        "topic": "notdienst",
        "name": "Notdienst Heizung",
        "type": "inbound",
        "voice_id": 301,
        "phone_number_id": 3,
        "folder_id": 1,
        "label_ids": [1],
        "tool_ids": [1, 2],
        "initial_message": "Notdienst Lindenhof. Was ist passiert, und wo sind Sie?",
        "system_prompt": "Du nimmst Notfälle auf: Ort, Fehlercode, Gefahr. Bei Gasgeruch immer "
        "zuerst auffordern, das Haus zu verlassen.",
        "post_call_schema": [_OUTCOME, _GOAL, _CONCERN],
        "tools": [_END],
        "max_duration": 900,
        "record": True,
    },
    _PIPELINE
    | _GERMAN
    | {
        "topic": "umfrage",
        "name": "Zufriedenheitsumfrage",
        "type": "outbound",
        "voice_id": 104,
        "folder_id": 2,
        "initial_message": "Guten Tag, hier ist Lindenhof Haustechnik. Hätten Sie zwei Minuten für "
        "eine kurze Umfrage?",
        "system_prompt": "Du fragst nach der Zufriedenheit mit dem letzten Besuch. Höflich, kurz.",
        "post_call_schema": [_OUTCOME, _RATING],
        "tools": [_END, {"type": "collect_keypad", "timeout": 5, "stop_key": "#"}],
    },
    _PIPELINE
    | _ENGLISH
    | {
        "topic": "reception",
        "name": "Website Chat",
        "type": "inbound",
        "voice_id": 110,
        "knowledgebase_id": 2,
        "knowledgebase_mode": "prompt",
        "label_ids": [2],
        "initial_message": "Hi! I am the assistant of Lindenhof. What can I do for you?",
        "system_prompt": "You answer questions on the website about services, prices and opening "
        "hours.",
        "post_call_schema": [_CONCERN],
    },
)
_INACTIVE = "Zufriedenheitsumfrage"


def stock(world: World, account: Account) -> None:
    """Store the assistants, oldest first."""
    for given in _ASSISTANTS:
        row = assistants.build(world, account, given)
        row["status"] = "inactive" if row["name"] == _INACTIVE else "active"


def second(world: World, account: Account) -> None:
    """The one assistant of the second account."""
    given = dict(_ASSISTANTS[3]) | {
        "name": "Northgate Appointment Line",
        "initial_message": "Hello, this is Northgate Dental.",
        "phone_number_id": None,
        "folder_id": None,
        "label_ids": [],
    }
    assistants.build(world, account, given)["status"] = "active"
