"""What the tool calls its things on a RouterOS device, and the record of a pending change.

What lives here: names that hold a change's token, the record's form, the memory of the last
confirmed run. What does not: the scripts (``undo``), reading any of it from a device (``pending``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from sekayu_net.platforms.base import GuardKind

State = Literal[
    "arming",
    "armed",
    "applied",
    "failed",
    "reverting1",
    "reverting2",
    "stage-two",
    "reverted",
    "confirmed",
]
#: The lock: the name is fixed, so that a second ``add`` fails on the device itself.
RECORD = "sekayu-pending"
CONFIRMED = "sekayu-confirmed"
#: A token: what makes such a name the tool's.
ID_PATTERN = r"[0-9a-f]{8,40}"
#: How such names end, after the token: of scheduler entries, of scripts, of files to import.
ENTRY_ENDINGS = "-at|-now"
SCRIPT_ENDINGS = "-undo|-apply|-timer|-follow|-end"
FILE_ENDINGS = "-undo|-arm|-check"
#: A script or scheduler entry of the tool, and a file. A person's ``sekayu-backup`` is none.
OWN_ENTRY = re.compile(
    rf"{RECORD}|{CONFIRMED}|sekayu-{ID_PATTERN}(?:{SCRIPT_ENDINGS}|{ENTRY_ENDINGS})?"
)
OWN_FILE = re.compile(
    rf"(?:flash/)?sekayu-{ID_PATTERN}(?:(?:{FILE_ENDINGS})?[.]rsc|[.]backup|[.]txt)"
)
ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
#: Who holds a change, and for how long: nothing that a script on the device could take for more.
HOLDER = re.compile(r"[A-Za-z0-9@._-]{1,64}")
SECONDS = re.compile(r"\d{1,6}")
_TOKEN = re.compile(ID_PATTERN)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that one change uses. ``folder``: ``flash/`` where only that outlives a reboot."""

    token: str
    folder: str = ""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("a token is 8 to 40 hexadecimal digits")

    @property
    def stem(self) -> str:
        """Scheduler entries are named so, everything else begins so."""
        return f"sekayu-{self.token}"

    @property
    def pattern(self) -> str:
        """A regular expression for the names of scripts, entries and jobs of this change alone."""
        return f"^{self.stem}({SCRIPT_ENDINGS}|{ENTRY_ENDINGS})?$"

    @property
    def file_pattern(self) -> str:
        """The same for files, below ``flash/`` or not."""
        return f"^(flash/)?{self.stem}({FILE_ENDINGS})?[.](rsc|backup|txt)$"

    @property
    def file(self) -> str:
        """The script."""
        return f"{self.folder}{self.stem}.rsc"

    @property
    def undo_file(self) -> str:
        """The inverse."""
        return f"{self.folder}{self.stem}-undo.rsc"

    @property
    def arm_file(self) -> str:
        """The arming script."""
        return f"{self.folder}{self.stem}-arm.rsc"

    @property
    def check_file(self) -> str:
        """The script, while the device only judges it."""
        return f"{self.folder}{self.stem}-check.rsc"

    @property
    def backup(self) -> str:
        """The binary backup."""
        return f"{self.folder}{self.stem}.backup"

    @property
    def output(self) -> str:
        """What the apply printed (``:execute file=`` adds ``.txt``)."""
        return f"{self.folder}{self.stem}.txt"

    @property
    def timer(self) -> str:
        """The script that waits."""
        return f"{self.stem}-timer"

    @property
    def follow(self) -> str:
        """The script that does what the other end of a linked change did."""
        return f"{self.stem}-follow"

    @property
    def undo(self) -> str:
        """The script that undoes."""
        return f"{self.stem}-undo"

    @property
    def apply(self) -> str:
        """The script that applies."""
        return f"{self.stem}-apply"

    @property
    def end(self) -> str:
        """What a confirm and the undo both want to add."""
        return f"{self.stem}-end"

    @property
    def at(self) -> str:
        """The entry that runs the undo in time."""
        return f"{self.stem}-at"

    @property
    def now(self) -> str:
        """The entry that starts a script at once."""
        return f"{self.stem}-now"


@dataclass(frozen=True, slots=True)
class Record:
    """The state record of the change that is pending on a device.

    ``anchor``: an address that the device reached at arming, empty without. ``holder``: who armed
    it, and from where; ``within``: seconds until the undo (0: not told).
    """

    state: State
    token: str
    kind: GuardKind
    words: str = ""
    run: str = ""
    fingerprint: str = ""
    anchor: str = ""
    holder: str = ""
    within: int = 0

    def __post_init__(self) -> None:
        if self.holder and not HOLDER.fullmatch(self.holder):
            raise ValueError("a holder is a word")

    @property
    def comment(self) -> str:
        """The record as it stands in the comment of ``sekayu-pending``."""
        parts = [f"state={self.state}", f"token={self.token}", f"kind={self.kind}"]
        if self.anchor:
            parts.append(f"anchor={self.anchor}")
        if self.holder:
            parts.append(f"holder={self.holder}")
        if self.within:
            parts.append(f"within={self.within}")
        if self.run or self.fingerprint:
            parts += [f"run={self.run}", f"fingerprint={self.fingerprint}"]
        if self.words:
            parts.append(f"words={self.words}")
        return " ".join(parts)

    def having(self, state: State) -> Record:
        """The same change in another state."""
        return replace(self, state=state, words="", run="", fingerprint="")


_STATES = frozenset(State.__args__)  # type: ignore[attr-defined]
_KINDS = frozenset(GuardKind.__args__)  # type: ignore[attr-defined]


def parse_record(comment: str) -> Record | None:
    """The record in a comment; None when it is not one."""
    head, _, words = comment.partition(" words=")
    fields = dict(part.split("=", 1) for part in head.split() if "=" in part)
    state, token, kind = fields.get("state"), fields.get("token"), fields.get("kind")
    if state not in _STATES or not token or not _TOKEN.fullmatch(token) or kind not in _KINDS:
        return None
    anchor = fields.get("anchor", "")
    if anchor and not ADDRESS.fullmatch(anchor):
        return None
    holder, within = fields.get("holder", ""), fields.get("within", "0")
    if (holder and not HOLDER.fullmatch(holder)) or not SECONDS.fullmatch(within):
        return None
    return Record(
        state,  # type: ignore[arg-type]
        token,
        kind,  # type: ignore[arg-type]
        words,
        fields.get("run", ""),
        fields.get("fingerprint", ""),
        anchor,
        holder,
        int(within),
    )


def parse_confirmed(source: str) -> dict[str, str] | None:
    """``run`` and ``fingerprint`` of the source of ``sekayu-confirmed``; None when not its form."""
    fields = dict(part.split("=", 1) for part in source.lstrip("# ").split() if "=" in part)
    if {"run", "fingerprint"} <= fields.keys():
        return {"run": fields["run"], "fingerprint": fields["fingerprint"]}
    return None


def holder_word(words: str) -> str:
    """A person and a computer as a record may name them: ``budi@laptop-1``."""
    return re.sub(r"[^A-Za-z0-9@._-]+", "-", words)[:64]


def confirmed_source(run: str, fingerprint: str) -> str:
    """The source of ``sekayu-confirmed``: a comment only, so that running it does nothing."""
    if re.search(r"\s", run + fingerprint) or not run or not fingerprint:
        raise ValueError("run and fingerprint are words")
    return f"# run={run} fingerprint={fingerprint}"
