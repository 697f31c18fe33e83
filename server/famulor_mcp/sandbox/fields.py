"""The settings of an assistant: the rule of each, and what it is when not given."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "name": "required|string|max:255",
    "voice_id": "required|integer",
    "language_id": "required|integer",
    "type": "required|string|in:inbound,outbound",
    "mode": "required|string|in:pipeline,multimodal,dualplex",
    "timezone": "required|string|timezone",
    "initial_message": "required|string|max:200",
    "system_prompt": "required|string",
    "llm_model_id": "integer",
    "multimodal_model_id": "integer",
    "chat_llm_fallback_id": "nullable|integer",
    "turn_detection_threshold": "nullable|numeric|min:0|max:1",
    "secondary_language_ids": "array",
    "secondary_language_ids.*": "integer",
    "knowledgebase_id": "nullable|integer",
    "knowledgebase_mode": "string|in:function_call,prompt",
    "folder_id": "nullable|integer",
    "label_ids": "array",
    "label_ids.*": "integer",
    "phone_number_id": "nullable|integer",
    "tool_ids": "array",
    "tool_ids.*": "integer",
    "tools": "array",
    "tts_emotion_enabled": "boolean",
    "voice_stability": "numeric|min:0|max:1",
    "voice_similarity": "numeric|min:0|max:1",
    "speech_speed": "numeric|min:0.7|max:1.2",
    "llm_temperature": "numeric|min:0|max:1",
    "synthesizer_provider_id": "nullable|integer",
    "transcriber_provider_id": "nullable|integer",
    "allow_interruptions": "boolean",
    "fillers": "boolean",
    "filler_config": "map",
    "filler_config.positive": "array",
    "filler_config.positive.*": "string",
    "filler_config.negative": "array",
    "filler_config.negative.*": "string",
    "filler_config.question": "array",
    "filler_config.question.*": "string",
    "filler_config.neutral": "array",
    "filler_config.neutral.*": "string",
    "record": "boolean",
    "enable_noise_cancellation": "boolean",
    "wait_for_customer": "boolean",
    "max_duration": "integer|min:20|max:1200",
    "max_silence_duration": "integer|min:1|max:360",
    "max_initial_silence_duration": "nullable|integer|min:1|max:120",
    "ringing_time": "integer|min:1|max:60",
    "reengagement_interval": "integer|min:7|max:600",
    "reengagement_prompt": "nullable|string|max:1000",
    "end_call_on_voicemail": "boolean",
    "voice_mail_message": "nullable|string|max:1000",
    "endpoint_type": "string|in:vad,ai",
    "endpoint_sensitivity": "numeric|min:0|max:5",
    "interrupt_sensitivity": "numeric|min:0|max:5",
    "min_interrupt_words": "nullable|integer|min:0|max:10",
    "ambient_sound": "string|in:off,office,city,forest,crowded_room,cafe,nature",
    "ambient_sound_volume": "numeric|min:0|max:1",
    "is_webhook_active": "boolean",
    "webhook_url": "nullable|url",
    "send_webhook_only_on_completed": "boolean",
    "include_recording_in_webhook": "boolean",
    "post_call_evaluation": "boolean",
    "post_call_schema": "array",
    "post_call_schema.*.name": "required|string|regex:^[a-z0-9_]{3,16}$",
    "post_call_schema.*.type": "required|string|in:string,number,bool",
    "post_call_schema.*.description": "required|string|min:3|max:255",
    "variables": "map",
}
CREATE_ONLY = {
    "conversation_inactivity_timeout": "integer|min:1|max:1440",
    "conversation_ended_retrigger": "boolean",
    "conversation_ended_webhook_url": "url",
}
DEFAULTS: dict[str, Any] = {
    "secondary_language_ids": [], "label_ids": [], "tool_ids": [], "tools": [],
    "knowledgebase_mode": "function_call", "tts_emotion_enabled": True, "voice_stability": 0.7,
    "voice_similarity": 0.5, "speech_speed": 1, "llm_temperature": 0.1,
    "allow_interruptions": True, "fillers": False, "filler_config": {}, "record": False,
    "enable_noise_cancellation": True, "wait_for_customer": False, "max_duration": 600,
    "max_silence_duration": 40, "ringing_time": 30, "reengagement_interval": 30,
    "end_call_on_voicemail": True, "endpoint_type": "vad", "endpoint_sensitivity": 0.5,
    "interrupt_sensitivity": 0.5, "ambient_sound": "off", "ambient_sound_volume": 0.5,
    "is_webhook_active": False, "send_webhook_only_on_completed": True,
    "include_recording_in_webhook": True, "post_call_evaluation": True, "post_call_schema": [],
    "variables": {}, "conversation_inactivity_timeout": 30,
    "conversation_ended_retrigger": False,
}  # fmt: skip
OF_MODE = (
    "llm_model_id", "multimodal_model_id", "chat_llm_fallback_id", "turn_detection_threshold",
    "synthesizer_provider_id", "transcriber_provider_id",
)  # fmt: skip
"""Settings that a change of mode resets."""

DECIMALS = (
    "llm_temperature", "voice_stability", "voice_similarity", "speech_speed",
    "ambient_sound_volume",
)  # fmt: skip
"""Listed as texts with two decimals."""

UNLISTED = {
    "folder_id", "label_ids", "secondary_language_ids", "tool_ids", "chat_llm_fallback_id",
    "turn_detection_threshold", "tts_emotion_enabled", "reengagement_prompt", "voice_mail_message",
    "created", "updated", "topic", *CREATE_ONLY,
}  # fmt: skip
"""Kept, but not among the fields that the list of assistants is documented to have."""
