"""Folders and labels: the same thing twice, but that an assistant has one folder, many labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .answer import Answer, message
from .page import cut, short
from .rules import Check
from .store import find

if TYPE_CHECKING:
    from .store import Account, Request, Row, World

COLORS = "gray,slate,red,orange,amber,green,teal,blue,purple,pink"
FIELDS = {"name": "required|string|max:255", "color": f"nullable|string|in:{COLORS}"}


@dataclass(frozen=True)
class Group:
    """The handlers of folders, or of labels."""

    word: str

    def rows(self, account: Account) -> dict[int, Row]:
        """The account's rows of this kind."""
        return account.folders if self.word == "folder" else account.labels

    def index(self, request: Request) -> Answer:
        """All, as ShortPage."""
        account = request.account
        page = cut(request, list(self.rows(account).values()))
        return Answer(short(replace(page, rows=[self._view(account, row) for row in page.rows])))

    def create(self, request: Request) -> Answer:
        """A new one; a taken name is refused."""
        given = self._checked(request, None)
        row = self.build(request.world, request.account, given)
        shown = self._view(request.account, row)
        return Answer({"message": self._done("created"), "data": shown}, 201)

    def build(self, world: World, account: Account, given: Row) -> Row:
        """Store one."""
        number = world.next_id(self.word)
        rows = self.rows(account)
        rows[number] = {"id": number, "color": None} | given
        return rows[number]

    def update(self, request: Request) -> Answer:
        """Change name or color; null clears the color."""
        row = self._find(request)
        row |= self._checked(request, row["id"])
        shown = self._view(request.account, row)
        return Answer({"message": self._done("updated"), "data": shown})

    def delete(self, request: Request) -> Answer:
        """Remove one; the assistants stay."""
        row = self._find(request)
        del self.rows(request.account)[row["id"]]
        for assistant in request.account.assistants.values():
            if self.word == "label":
                kept = [each for each in assistant["label_ids"] if each != row["id"]]
                assistant["label_ids"] = kept
            elif assistant["folder_id"] == row["id"]:
                assistant["folder_id"] = None
        return Answer({"message": self._done("deleted")})

    def _checked(self, request: Request, own: int | None) -> Row:
        check = Check(request.body, FIELDS, partial=own is not None)
        others = (row for row in self.rows(request.account).values() if row["id"] != own)
        if check.data.get("name") in [row["name"] for row in others]:
            check.fail("name", "The name has already been taken.")
        return check.done()

    def _view(self, account: Account, row: Row) -> Row:
        count = sum(
            row["id"] == each["folder_id"]
            if self.word == "folder"
            else row["id"] in each["label_ids"]
            for each in account.assistants.values()
        )
        return {name: row[name] for name in ("id", "name", "color")} | {"assistants_count": count}

    def _find(self, request: Request) -> Row:
        missing = message(404, f"{self.word.capitalize()} not found")
        row: Row = find(self.rows(request.account), request.path["id"], missing)
        return row

    def _done(self, what: str) -> str:
        return f"{self.word.capitalize()} {what} successfully"


FOLDERS = Group("folder")
LABELS = Group("label")
