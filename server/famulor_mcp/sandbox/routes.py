"""Every documented method and path, and who answers it."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    account,
    assistants,
    calls,
    campaigns,
    catalogue,
    conversations,
    knowledge,
    leads,
    midcall,
    numbers,
    sms,
    trunks,
    whatsapp,
)
from .answer import Answer
from .groups import FOLDERS, LABELS
from .store import Request

Handler = Callable[[Request], Answer]

OPEN = "/api/conversations"
"""Below this path the UUID is the secret and no key is asked for, as the web widget has none."""

_USER = "/api/user"
_OF_ASSISTANTS = f"{_USER}/assistants"
_BASES = f"{_USER}/knowledgebases"
_DOCUMENTS = f"{_BASES}/{{knowledgebaseId}}/documents"
_NUMBERS = f"{_USER}/phone-numbers"
_TRUNKS = f"{_NUMBERS}/sip-trunks"
_WHATSAPP = f"{_USER}/whatsapp"
_AI = "/api/automate/conversations/{uuid}"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"{_USER}/me", account.me),
    ("GET", f"{_OF_ASSISTANTS}/get", assistants.index),
    ("GET", f"{_OF_ASSISTANTS}/outbound", assistants.outbound),
    ("POST", f"{_USER}/assistant", assistants.create),
    ("PUT", f"{_USER}/assistant/{{id}}", assistants.update),
    ("DELETE", f"{_USER}/assistant/{{id}}", assistants.delete),
    ("GET", f"{_OF_ASSISTANTS}/phone-numbers", catalogue.assignable),
    ("GET", f"{_OF_ASSISTANTS}/models", catalogue.models),
    ("GET", f"{_OF_ASSISTANTS}/voices", catalogue.voices),
    ("GET", f"{_OF_ASSISTANTS}/languages", catalogue.languages),
    ("GET", f"{_OF_ASSISTANTS}/synthesizer-providers", catalogue.synthesizers),
    ("GET", f"{_OF_ASSISTANTS}/transcriber-providers", catalogue.transcribers),
    ("POST", f"{_OF_ASSISTANTS}/enable-inbound-webhook", assistants.ENABLE_INBOUND),
    ("POST", f"{_OF_ASSISTANTS}/disable-inbound-webhook", assistants.DISABLE_INBOUND),
    ("POST", f"{_OF_ASSISTANTS}/enable-conversation-ended-webhook", assistants.ENABLE_ENDED),
    ("POST", f"{_OF_ASSISTANTS}/disable-conversation-ended-webhook", assistants.DISABLE_ENDED),
    ("POST", f"{_OF_ASSISTANTS}/disable-webhook", assistants.DISABLE_POST_CALL),
    ("POST", f"{_USER}/make_call", calls.create),
    ("GET", f"{_USER}/calls/{{id}}", calls.show),
    ("GET", f"{_USER}/calls", calls.index),
    ("DELETE", f"{_USER}/calls/{{call}}", calls.delete),
    ("GET", f"{_USER}/campaigns", campaigns.index),
    ("POST", f"{_USER}/campaigns", campaigns.create),
    ("POST", f"{_USER}/campaigns/update-status", campaigns.switch),
    ("DELETE", f"{_USER}/campaign/{{id}}", campaigns.delete),
    ("GET", f"{_USER}/leads", leads.index),
    ("POST", f"{_USER}/lead", leads.create),
    ("PUT", "/api/leads/{id}", leads.update),
    ("DELETE", f"{_USER}/leads/{{id}}", leads.delete),
    ("GET", f"{_USER}/conversations", conversations.index),
    ("GET", f"{OPEN}/{{uuid}}", conversations.show),
    ("POST", OPEN, conversations.create),
    ("POST", f"{OPEN}/{{uuid}}/messages", conversations.send),
    ("POST", f"{_AI}/enable-ai", conversations.enable),
    ("POST", f"{_AI}/disable-ai", conversations.disable),
    ("POST", f"{_USER}/ai/generate-reply", conversations.generate),
    ("GET", _BASES, knowledge.index),
    ("GET", f"{_BASES}/{{id}}", knowledge.show),
    ("POST", _BASES, knowledge.create),
    ("PUT", f"{_BASES}/{{id}}", knowledge.update),
    ("DELETE", f"{_BASES}/{{id}}", knowledge.delete),
    ("GET", _DOCUMENTS, knowledge.index_documents),
    ("GET", f"{_DOCUMENTS}/{{documentId}}", knowledge.show_document),
    ("POST", _DOCUMENTS, knowledge.create_document),
    ("PUT", f"{_DOCUMENTS}/{{documentId}}", knowledge.update_document),
    ("DELETE", f"{_DOCUMENTS}/{{documentId}}", knowledge.delete_document),
    ("GET", f"{_USER}/tools", midcall.index),
    ("GET", f"{_USER}/tools/{{id}}", midcall.show),
    ("POST", f"{_USER}/tools", midcall.create),
    ("PUT", f"{_USER}/tools/{{id}}", midcall.update),
    ("DELETE", f"{_USER}/tools/{{id}}", midcall.delete),
    ("GET", f"{_NUMBERS}/all", numbers.index),
    ("GET", f"{_NUMBERS}/search", numbers.search),
    ("POST", f"{_NUMBERS}/purchase", numbers.purchase),
    ("GET", _TRUNKS, trunks.index),
    ("POST", _TRUNKS, trunks.create),
    ("GET", f"{_TRUNKS}/{{id}}", trunks.show),
    ("PUT", f"{_TRUNKS}/{{id}}", trunks.update),
    ("PUT", f"{_NUMBERS}/{{id}}", numbers.update),
    ("DELETE", f"{_NUMBERS}/{{id}}", numbers.release),
    ("GET", f"{_USER}/folders", FOLDERS.index),
    ("POST", f"{_USER}/folder", FOLDERS.create),
    ("PUT", f"{_USER}/folder/{{id}}", FOLDERS.update),
    ("DELETE", f"{_USER}/folder/{{id}}", FOLDERS.delete),
    ("GET", f"{_USER}/labels", LABELS.index),
    ("POST", f"{_USER}/label", LABELS.create),
    ("PUT", f"{_USER}/label/{{id}}", LABELS.update),
    ("DELETE", f"{_USER}/label/{{id}}", LABELS.delete),
    ("POST", f"{_USER}/sms", sms.create),
    ("GET", f"{_WHATSAPP}/senders", whatsapp.senders),
    ("GET", f"{_WHATSAPP}/senders/{{senderId}}/templates", whatsapp.templates),
    ("GET", f"{_WHATSAPP}/session-status", whatsapp.session),
    ("POST", f"{_WHATSAPP}/send", whatsapp.send_template),
    ("POST", f"{_WHATSAPP}/send-freeform", whatsapp.send_freeform),
)
