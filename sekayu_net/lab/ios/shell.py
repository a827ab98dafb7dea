"""The terminal side of a login: reading lines with echo, prompts, questions, pages.

The commands are ``console``'s; the bytes come and go by ``read`` and ``write``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.exec_commands import commands
from sekayu_net.lab.ios.grammar import split
from sekayu_net.lab.ios.modes import mode

_MORE = " --More-- "
_END, _INTERRUPT, _DISCARD, _WORD, _HOME, _LINE_END = "\x1a", "\x03", "\x15", "\x17", "\x01", "\x05"


class GoneError(Exception):
    """The other end closed."""


class Shell:
    """One interactive session: ``run`` until it ends."""

    def __init__(
        self,
        console: Console,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], None],
        before: Callable[[], Awaitable[None]],
    ) -> None:
        """``before`` is awaited ahead of each command's answer (a device that thinks long)."""
        self._console = console
        self._read = read
        self._write = write
        self._before = before
        self._buffer = ""
        self._after_return = False
        console.ask = self._ask
        console.ask_secret = self._ask_secret

    async def run(self) -> None:
        """Greet, then take lines until the session ends or the other end is gone."""
        console = self._console
        tree = console.device.running
        for kind in ("motd", "exec"):
            banner = tree.get(f"banner {kind}")
            if banner is not None:
                self._print(banner.text.split(" ", 2)[2].strip("\x03") + "\n")
        try:
            while not console.ended:
                line = await self._line("\n" + console.prompt if console.prompt else "")
                if line is None:
                    continue
                await self._before()
                await self._page(await console.run(line))
        except GoneError:
            return

    # -- output --------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        if text:
            self._write(text.replace("\n", "\r\n").encode("utf-8", "replace"))

    async def _page(self, text: str) -> None:
        """Print, with a pause after each screen."""
        if not text:
            return
        lines = text.rstrip("\n").split("\n")
        length = self._console.length
        self._print("\n")
        if not length or len(lines) < length:
            self._print("\n".join(lines))
            return
        room = length - 1
        for number, line in enumerate(lines):
            if room == 0:
                self._print(_MORE)
                key = await self._key()
                self._write(b"\b" * len(_MORE) + b" " * len(_MORE) + b"\b" * len(_MORE))
                if key in ("q", "Q", _INTERRUPT, "\x1a"):
                    return
                room = 1 if key in ("\r", "\n") else length - 1
            self._print(line if number == len(lines) - 1 else f"{line}\n")
            room -= 1

    # -- input ---------------------------------------------------------------------------------

    async def _key(self) -> str:
        while not self._buffer:
            data = await self._read()
            if not data:
                raise GoneError
            self._buffer += data.decode("utf-8", "replace")
        key, self._buffer = self._buffer[0], self._buffer[1:]
        if key == "\n" and self._after_return:
            self._after_return = False
            return await self._key()
        self._after_return = key == "\r"
        return key

    async def _ask(self, prompt: str) -> str:
        """A question in the middle of a command; its answer, empty for Enter."""
        self._print("\n" + prompt)
        if prompt.endswith("[confirm]"):
            key = await self._key()
            if key in ("\r", "\n"):
                return ""
            self._print(key)
            return key
        return await self._typed(prompt, echo=True) or ""

    async def _ask_secret(self, prompt: str) -> str:
        self._print("\n" + prompt)
        return await self._typed(prompt, echo=False) or ""

    async def _line(self, prompt: str) -> str | None:
        self._print(prompt)
        return await self._typed(self._console.prompt, echo=True)

    async def _typed(self, prompt: str, *, echo: bool) -> str | None:
        """A line; None when it was thrown away."""
        line = ""
        while True:
            key = await self._key()
            if key in ("\r", "\n"):
                return line
            editor = self._console.editor
            collecting = editor is not None and editor.collecting
            if key == _END and editor is not None and not collecting:
                self._print("^Z")
                return "end"
            if key == _INTERRUPT and not (collecting or "banner" in line):
                if editor is not None:
                    editor.sections.clear()
                    editor.left = True
                    self._console.editor = None
                return None
            if key == "?" and echo and not collecting and "banner" not in line:
                self._help(line)
                self._print(prompt + line)
            elif key == "\t" and not collecting:
                line = self._completed(line)
            else:
                line = self._edited(line, key, echo=echo)

    def _edited(self, line: str, key: str, *, echo: bool) -> str:
        if key in ("\b", "\x7f"):
            if line and echo:
                self._write(b"\b \b")
            return line[:-1]
        if key in (_DISCARD, _WORD):
            kept = "" if key == _DISCARD else line.rstrip().rpartition(" ")[0]
            gone = len(line) - len(kept)
            if echo:
                self._write(b"\b" * gone + b" " * gone + b"\b" * gone)
            return kept
        if key < " " and key != "\x03":
            return line
        if echo:
            self._print("^C" if key == "\x03" else key)
        return line + key

    # -- help ----------------------------------------------------------------------------------

    def _words_after(self, line: str) -> tuple[list[str], str]:
        editor = self._console.editor
        grammar = (
            mode(editor.parents[0].mode).grammar
            if editor is not None
            else commands(self._console.privilege)
        )
        words = split(line)
        begun = ""
        if words and not line.endswith(" "):
            begun = words.pop().text
        found = grammar.next_words(line, words)
        return [word for word in found if word.lower().startswith(begun.lower())], begun

    def _help(self, line: str) -> None:
        found, _ = self._words_after(line)
        if not found:
            self._print("?\n% Unrecognized command\n")
            return
        self._print("?\n" + "".join(f"  {word}\n" for word in found) + "\n")

    def _completed(self, line: str) -> str:
        found, begun = self._words_after(line)
        keywords = [word for word in found if word[:1].islower()]
        if begun and len(keywords) == 1:
            rest = keywords[0][len(begun) :] + " "
            self._print(rest)
            return line + rest
        return line
