"""Which tool does what a question asks for: a small full-text index over the offered tools.

BM25 over a tool's name, title, description, toolset, arguments and keywords, in English and German
at once. Words are folded (case, umlauts), stemmed by endings, and mapped to one of their synonyms;
a compound is also read as its parts, and a word that nothing holds as the nearest that something
does. No model, no download; the index of 75 tools takes some milliseconds and is built at the
first question.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from famulor_tools.table import Tool

WORD = re.compile(r"[^\W_]+")
FOLDED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "é": "e", "è": "e", "ç": "c"})
ENDINGS = ("ungen", "ung", "ing", "ern", "em", "en", "er", "es", "ed", "e", "s", "n")
SHORTEST_STEM = 3
SHORTEST_PART = 4
"""Letters of a compound's part: shorter ones are found in half of all German words."""

_EMPTY = """
a an and any are as at be been but by can could did do does for from had has have he her him his
how i if in into is it its let me my no not of on or our out over she should so some than that
the their them then there these they this to too up us was we were when where whether while who
will with would you your please want need

aber als am an auch auf aus bei bin bis bitte da das dass dem den der des die dies diese diesem
diesen dieser dieses doch du ein eine einem einen einer eines er es etwas fur gibt habe haben
hat hatte ich ihm ihn ihnen ihr im in ins ist ja jetzt kann kannst konnen man mein meine meinen
meiner mich mir mit mochte nach noch nun ob oder schon sein seine sich sie sind so soll sollen
uber um und uns unser unsere unseren unserer vom von vor war was wenn wer wie will wir wird wo
wurde zu zum zur
"""
EMPTY = frozenset(_EMPTY.split())
"""Words without a subject, folded."""

WEIGHTS = {"name": 2.0, "title": 2.0, "keywords": 2.0, "description": 1.0, "rest": 0.3}
SATURATION, LENGTH = 1.2, 0.5
"""BM25's k1 and b: a tool's text is short, and long ones are long because they do much."""
PHRASE = 0.5
"""What a name, title or keyword of several words adds where all are asked for: a share of them."""
_ASKING = """
how what which who why when where is are does did show list
wie was wer warum wann wo welche welcher welches zeig zeige gibt ist sind wurde wurden von
"""
ASKING = frozenset(_ASKING.split())
"""Words that a question begins with whose answer changes nothing."""
LOOKING = 1.25
"""What a tool that only reads counts for such a question, beside one that acts."""
DOUBT = 0.6
"""What a guessed word counts beside one that was said."""


class Index:
    """Finds tools by a question."""

    def __init__(
        self,
        tools: Iterable[Tool],
        toolsets: Mapping[str, str],
        synonyms: Iterable[Sequence[str]] = (),
    ) -> None:
        self._tools = tuple(tools)
        self._synonyms = joined(synonyms)
        self._texts = [self._weighed(tool, toolsets) for tool in self._tools]
        self._phrases = [
            [
                phrase
                for words in (tool.name, tool.title, *tool.keywords)
                if len(phrase := set(self._terms(words))) > 1
            ]
            for tool in self._tools
        ]
        self._mean = sum(sum(text.values()) for text in self._texts) / max(1, len(self._texts))
        held = Counter(term for text in self._texts for term in text)
        count = len(self._texts)
        self._worth = {
            term: math.log(1 + (count - n + 0.5) / (n + 0.5)) for term, n in held.items()
        }

    def find(self, question: str, limit: int) -> list[Tool]:
        """At most `limit` tools, the best first; none that has no word in common with it."""
        asked = self._asked(question)
        looking = LOOKING if asks(question) else 1.0
        scores = [
            self._score(index, asked) * (looking if tool.effect == "read" else 1.0)
            for index, tool in enumerate(self._tools)
        ]
        ranked = sorted(range(len(self._tools)), key=lambda index: -scores[index])
        return [self._tools[index] for index in ranked[:limit] if scores[index] > 0]

    def _score(self, index: int, asked: Mapping[str, float]) -> float:
        text = self._texts[index]
        fading = SATURATION * (1 - LENGTH + LENGTH * sum(text.values()) / self._mean)
        words = sum(
            weight * self._worth[term] * text[term] * (SATURATION + 1) / (text[term] + fading)
            for term, weight in asked.items()
            if term in text
        )
        whole = [phrase for phrase in self._phrases[index] if phrase <= asked.keys()]
        best = max((sum(self._worth[term] for term in phrase) for phrase in whole), default=0.0)
        return words + PHRASE * best

    def _weighed(self, tool: Tool, toolsets: Mapping[str, str]) -> dict[str, float]:
        """The terms of a tool, each with the weight of the places where it stands."""
        arguments = " ".join(tool.input_schema.get("properties", {}))
        places = {
            "name": tool.name,
            "title": tool.title,
            "keywords": ", ".join(tool.keywords),
            "description": tool.description,
            "rest": f"{tool.toolset} {toolsets.get(tool.toolset, '')} {arguments}",
        }
        terms: dict[str, float] = {}
        for place, text in places.items():
            for term in self._terms(text):
                terms[term] = terms.get(term, 0.0) + WEIGHTS[place]
        return terms

    def _terms(self, text: str) -> Iterator[str]:
        for word in self._read(text):
            yield self._synonyms.get(word, word)

    def _read(self, text: str) -> Iterator[str]:
        """The stems of a text; a synonym of two words is one of them."""
        stems = list(words(text))
        at = 0
        while at < len(stems):
            pair = " ".join(stems[at : at + 2])
            yield pair if pair in self._synonyms else stems[at]
            at += 2 if pair in self._synonyms and pair != stems[at] else 1

    def _asked(self, question: str) -> dict[str, float]:
        """The terms of a question that some tool has, with how sure they are."""
        asked: dict[str, float] = {}
        for word in self._read(question):
            for term, weight in self._known(word):
                asked[term] = max(asked.get(term, 0.0), weight)
        return asked

    def _known(self, word: str) -> Iterator[tuple[str, float]]:
        term = self._synonyms.get(word, word)
        if term in self._worth:
            yield term, 1.0
        known = {*self._worth, *self._synonyms}
        found = [part for part in parts(word) if part in known]
        if not found and term not in self._worth:
            found = get_close_matches(word, known, n=1, cutoff=0.8)
        for part in found:
            near = self._synonyms.get(part, part)
            if near in self._worth:
                yield near, DOUBT


def words(text: str) -> Iterator[str]:
    """The stems of a text's words, without empty words."""
    for word in WORD.findall(text.lower().translate(FOLDED).replace("ß", "ss")):
        if word not in EMPTY:
            yield stem(word)


def stem(word: str) -> str:
    """A word without its ending, by one rule for both languages."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def parts(word: str) -> Iterator[str]:
    """What a compound may be made of: its beginnings and its ends."""
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        yield stem(word[:cut])
        yield word[cut:]


def joined(synonyms: Iterable[Sequence[str]]) -> dict[str, str]:
    """Stem, or two stems → the stem that stands for its group."""
    return {
        " ".join(words(word)): " ".join(words(group[0])) for group in synonyms for word in group
    }


def asks(question: str) -> bool:
    """Whether a question is one: it wants to know, and nothing done."""
    first = WORD.search(question.lower())
    return first is not None and first[0] in ASKING
