"""Configuration mode: typed lines in, a changed tree and the console's words out.

A line is tried in the mode that it is typed in and then in the modes around it, as IOS does, so a
file needs no ``exit``. Some commands take more lines (banners, keys, certificates); some ask. What
a line does to the tree is ``tree``'s, what only some commands do ``special``'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sekayu_net.lab.ios import special
from sekayu_net.lab.ios.grammar import CommandError, Match, Word, invalid, join_interfaces, split
from sekayu_net.lab.ios.modes import mode, section_of
from sekayu_net.lab.ios.tree import Line, Tree, deny, put

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

Ask = Callable[[str], Awaitable[str]]
_REMOVE_USER = (
    "This operation will remove all username related configurations with same name."
    "Do you want to continue? [confirm]"
)


async def _yes(prompt: str) -> str:  # noqa: ARG001
    return ""


@dataclass
class Editor:
    """One configuration session on a tree. ``sections`` are the open ones, outermost first.

    A step of ``sections`` holds several lines where a command opened several (``line vty 0 15``).
    ``lenient``: commands that the grammar does not know are kept as they are (published files of
    other platforms); ``prompt_indent`` is where the typed line began, for the caret.
    """

    device: IosDevice
    tree: Tree
    user: str = ""
    ask: Ask = _yes
    lenient: bool = False
    prompt_indent: int = 0
    sections: list[list[Line]] = field(default_factory=list)
    left: bool = False
    changes: int = 0
    _more: Callable[[str], str | None] | None = None

    # -- where we are --------------------------------------------------------------------------

    @property
    def prompt(self) -> str:
        """What stands in the brackets of the prompt."""
        if not self.sections:
            return "config"
        line = self.sections[-1][0]
        if line.mode == "interface" and "." in line.text:
            return "config-subif"
        if line.mode == "server-group":
            return f"config-sg-{line.text.split()[3]}"
        return mode(line.mode).prompt

    @property
    def collecting(self) -> bool:
        """Whether the next line is text, not a command."""
        return self._more is not None

    @property
    def parents(self) -> list[Line]:
        """The lines below which the next one goes."""
        return self.sections[-1] if self.sections else [self.tree.root]

    # -- lines ---------------------------------------------------------------------------------

    async def run(self, text: str) -> str:
        """Take one line; what the console prints for it (errors too), empty for nothing."""
        self._find_again()
        if self._more is not None:
            words = self._more(text)
            if words is not None:
                self._more = None
            return words or ""
        try:
            return await self._run(text)
        except CommandError as error:
            return error.shown(self.prompt_indent)

    def _find_again(self) -> None:
        """A rollback may have put other lines where the open sections were."""
        around = [self.tree.root]
        for depth, lines in enumerate(self.sections):
            there = [line for parent in around for line in parent.below]
            found = [one for line in lines for one in there if one is line or one.text == line.text]
            if not found:
                del self.sections[depth:]
                return
            self.sections[depth] = around = found

    async def _run(self, text: str) -> str:
        words = split(text)
        if not words or words[0].text.startswith("!"):
            return ""
        first = words[0].text.lower()
        if first == "end" and len(words) == 1:
            self.left = True
            self.sections.clear()
            return ""
        if first in ("exit", "exi", "exit-address-family") and len(words) == 1:
            if self.sections:
                self.sections.pop()
            else:
                self.left = True
            return ""
        denied, default = False, False
        if first == "no" or (len(first) >= 3 and "default".startswith(first) and len(words) > 1):
            denied, default = True, first != "no"
            words = words[1:]
        if not words:
            raise CommandError("% Incomplete command.\n")
        if not denied and special.begins_text(text):
            return self._banner(text)
        matches = self._understood(text, words, denied=denied)
        if denied:
            return await self._deny(matches, text, default=default)
        return self._put(matches, text)

    def _understood(self, text: str, words: Sequence[Word], *, denied: bool) -> list[Match]:
        """What the line means, in this mode or one around it; leaves the modes that don't know."""
        worst: CommandError | None = None
        likely: tuple[int, list[Match]] | None = None
        joined = join_interfaces(list(words))
        for depth in range(len(self.sections), -1, -1):
            place = self.sections[depth - 1][0] if depth else self.tree.root
            grammar = mode(place.mode).grammar
            for form in (words, joined) if len(joined) != len(words) else (words,):
                try:
                    found = grammar.parse(text, form, denied=denied)
                except CommandError as error:
                    if worst is None or error.depth > worst.depth:
                        worst = error
                    continue
                if found[0].words[0].lower() == words[0].text.lower():
                    del self.sections[depth:]
                    return found
                # An abbreviation here may be a whole word of a mode around.
                likely = likely or (depth, found)
                break
        if likely is not None:
            del self.sections[likely[0] :]
            return likely[1]
        if self.lenient:
            return self._unknown(text, words)
        assert worst is not None  # noqa: S101 - the global mode was tried
        raise worst

    def _unknown(self, text: str, words: Sequence[Word]) -> list[Match]:
        """A command that no table has, as a line of the mode (or, not indented, a global one)."""
        if not text.startswith(" "):
            self.sections.clear()
        pattern = mode("loose").grammar.patterns[0]
        return [Match(pattern, tuple(word.text for word in words), None, complete=True)]

    # -- setting -------------------------------------------------------------------------------

    def _put(self, matches: list[Match], text: str) -> str:
        match = matches[0]
        opened: list[Line] = []
        answer = ""
        for parent in list(self.parents):
            change = special.prepare(self.device, self.tree, parent, match, text)
            answer = change.answer or answer
            if change.more is not None:
                self._more = change.more
            if change.stop:
                continue
            for section in change.sections or (None,):
                if section is not None:
                    opened.append(section)
                    continue
                kept = put(parent, [change.match or match, *matches[1:]])
                special.finish(self.device, self.tree, parent, kept)
                if kept is not None and kept.mode:
                    opened.append(kept)
        if section_of(match.pattern) and opened:
            self.sections.append(opened)
        self.changes += 1
        return answer

    def _banner(self, text: str) -> str:
        """A banner: text up to its delimiter, perhaps on the same line."""
        self.sections.clear()
        kind, delimiter, rest = special.banner_parts(text)
        taken: list[str] = []

        def more(line: str) -> str | None:
            head, found, _ = line.partition(delimiter)
            taken.append(head)
            if not found:
                return None
            special.keep_banner(self.tree, kind, "\n".join(taken))
            self.changes += 1
            return ""

        if more(rest) is None:
            self._more = more
            return (
                f"Enter TEXT message.  End with the character '{special.shown_char(delimiter)}'.\n"
            )
        return ""

    # -- denying -------------------------------------------------------------------------------

    async def _deny(self, matches: list[Match], text: str, *, default: bool) -> str:
        answer = ""
        match = matches[0]
        if match.words[0] == "username" and len(match.words) > 1 and not default:
            if self.tree.get(f"username {match.words[1]}") is None:
                return ""
            reply = (await self.ask(_REMOVE_USER)).strip().lower()
            if reply not in ("", "y", "yes"):
                return ""
        for parent in list(self.parents):
            refusal = special.refuse_denial(
                self.device, self.tree, parent, match, text, default=default
            )
            if refusal.stop:
                answer = refusal.answer or answer
                continue
            gone = deny(parent, matches, default=default)
            answer = special.denied(self.device, self.tree, parent, match, gone) or answer
        self.changes += 1
        return answer


def run_now(coroutine: Coroutine[Any, Any, str]) -> str:
    """Run an editor's line to its end where nothing in it waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return str(stop.value)
    coroutine.close()
    raise RuntimeError("a configuration line waits for an answer")


def replay(
    device: IosDevice, tree: Tree, lines: Iterable[str], *, lenient: bool = False
) -> list[tuple[str, str]]:
    """Apply a file's lines to a tree; the lines that were refused, with the console's words.

    Questions are answered with Enter. The lines of a file's frame are passed over.
    """
    editor = Editor(device, tree, lenient=lenient)
    errors = []
    for line in lines:
        text = line.rstrip("\r\n")
        if not editor.collecting:
            text = text.rstrip()
            if special.is_frame(text):
                continue
        answer = run_now(editor.run(text))
        if "%" in answer:
            errors.append((text, answer))
        if editor.left:
            break
    return errors


__all__ = ["Editor", "invalid", "replay", "run_now"]
