"""The NAPALM driver: a candidate, its diff, and a commit that can't lock you out.

Only NAPALM's verbs stand here, with NAPALM's signatures: this is what ``get_network_driver``
gives. The rollout's own verbs are ``driver``'s.

A commit without ``revert_in`` is guarded too: it is confirmed by the driver itself, over a new
connection.
"""

from __future__ import annotations

import secrets
import time

from napalm.base import exceptions as napalm

from sekayu_net.errors import ApplyError, GuardError, InputError
from sekayu_net.platforms.base import Change, Guard, Target
from sekayu_net.platforms.routeros import facts, guard, pending, survey
from sekayu_net.platforms.routeros.candidate import Candidate, Vault, change, loaded
from sekayu_net.platforms.routeros.napalm_errors import (
    MergeError,
    ReplaceError,
    as_napalm,
    turned,
)
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.reader import RouterOSReader
from sekayu_net.platforms.routeros.session import literal

#: Seconds until an unconfirmed commit goes back when the caller named none.
REVERT_IN = 120


def _without_secrets(text: str) -> str:
    return ROUTEROS.mask(text, lambda _: "<removed>")


class RouterOSNapalmDriver(RouterOSReader):
    """One device. ``optional_args`` are the reader's.

    Files for ``load_template`` lie in ``templates`` beside this module.
    """

    def _set_up(self, target: Target) -> None:
        super()._set_up(target)
        self._vault = Vault()
        self._candidate: Candidate | None = None
        self._before: str | None = None

    # -- reading

    @as_napalm
    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> dict[str, str]:
        """``running`` is the export, ``candidate`` what was loaded; there is no ``startup``.

        ``sanitized``: without secrets. Else ``running`` shows them.
        """
        if format != "text":
            raise NotImplementedError("RouterOS exports text only")
        found = {"running": "", "candidate": "", "startup": ""}
        if retrieve in ("all", "running"):
            form = "verbose" if full else ""
            found["running"] = (
                self._sanitized_export(form)
                if sanitized
                else facts.read_export(self.session, self._known("read").version, form=form)
            )
        if retrieve in ("all", "candidate") and self._candidate is not None:
            text = self._candidate.text
            found["candidate"] = _without_secrets(text) if sanitized else text
        return found

    def _sanitized_export(self, form: str) -> str:
        text = self.session.ask(
            f"/export {form} hide-sensitive".replace("  ", " "),
            stage="read",
            timeout=max(facts.EXPORT_TIMEOUT, self.target.timeout),
            encoding="latin-1",
        )
        # What counts as sensitive differs between versions: SNMP communities were shown for long.
        return _without_secrets(text)

    # -- the candidate

    def load_merge_candidate(
        self, filename: str | None = None, config: str | list[str] | None = None
    ) -> None:
        """Commands to add to what runs: lines of an export."""
        text = loaded(filename, config, napalm.MergeConfigException)
        if self._candidate is not None and not self._candidate.whole:
            text = f"{self._candidate.text}\n{text}"
        self._candidate = Candidate(text, whole=False)

    def load_replace_candidate(
        self, filename: str | None = None, config: str | list[str] | None = None
    ) -> None:
        """A whole configuration: what is not in it goes."""
        text = loaded(filename, config, napalm.ReplaceConfigException)
        self._candidate = Candidate(text, whole=True)

    def _planned(self) -> tuple[str, Change] | None:
        """What runs (masked) and what the candidate would change; secrets are tokens."""
        if self._candidate is None:
            return None
        version = self._known("read").version
        export = facts.read_export(self.session, version)
        running = ROUTEROS.mask(export, self._vault.seal)
        try:
            return running, change(running, self._candidate, version, self._vault)
        except InputError as error:
            whole = self._candidate.whole
            wrong = napalm.ReplaceConfigException if whole else napalm.MergeConfigException
            raise wrong(f"{self.target.host}: candidate: {error}") from error

    @as_napalm
    def compare_config(self) -> str:
        """The diff of the candidate; empty when it changes nothing."""
        planned = self._planned()
        return "" if planned is None or planned[1].empty else planned[1].diff.rstrip("\n")

    def discard_config(self) -> None:
        """Forget the candidate."""
        self._candidate = None

    # -- the commit

    @as_napalm
    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Apply the candidate, guarded. Without ``revert_in`` it is confirmed at once, over a new
        connection; with, ``confirm_commit`` must follow within so many seconds.
        """  # noqa: D205
        facts.check_identity(self._known("identity"), self.target)
        if self.has_pending_commit():
            raise napalm.CommitConfirmException(
                f"{self.target.host}: commit: a commit waits for its confirmation already"
            )
        planned = self._planned()
        if planned is None or self._candidate is None or planned[1].empty:
            self._candidate = None
            return
        self._apply(planned[1], self._candidate, revert_in or REVERT_IN)
        self._before, self._candidate = planned[0], None
        self._reconnect()
        if message:
            self.session.ask(f":log info {literal(f'sekayu: {message}'[:200])}", stage="commit")
        if revert_in is None:
            self._confirm_pending()

    def _apply(self, planned: Change, candidate: Candidate, revert_in: int) -> None:
        script = ROUTEROS.reveal(planned.script, self._vault.unseal)
        chosen = self._chosen_guard()
        if chosen.kind == "none":
            raise GuardError(
                f"no undo is possible: {chosen.reason}", host=self.target.host, stage="guard"
            )
        try:
            guard.preflight(self.session, script, nonce=secrets.token_hex(4))
            guard.commit(
                self.session,
                script,
                ROUTEROS.reveal(planned.inverse, self._vault.unseal),
                token=secrets.token_hex(8),
                revert_in=revert_in,
                guard=chosen,
                on_armed=lambda: None,
            )
        except ApplyError as error:
            both = turned(error, ReplaceError if candidate.whole else MergeError)
            raise both from error.__cause__

    def _chosen_guard(self) -> Guard:
        return survey.choose(survey.survey(self.session))

    def _reconnect(self) -> None:
        """A new connection is the proof that the device is reachable with what runs now."""
        self.close()
        self.session.open()
        facts.check_identity(self._known("verify"), self.target)

    def _confirm_pending(self) -> None:
        waiting = pending.pending(self.session)
        if waiting is None:
            raise napalm.CommitConfirmException(
                f"{self.target.host}: confirm: no commit waits for its confirmation"
            )
        run = f"napalm-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        guard.confirm(self.session, waiting.token, run=run, fingerprint="none")

    @as_napalm
    def confirm_commit(self) -> None:
        """Keep the commit that waits, whoever made it."""
        self._reconnect()
        self._confirm_pending()

    @as_napalm
    def has_pending_commit(self) -> bool:
        """Whether a commit waits for its confirmation, whoever made it."""
        return pending.pending(self.session) is not None

    @as_napalm
    def rollback(self) -> None:
        """Back to the state before the last commit of this object, or undo a pending one."""
        waiting = pending.pending(self.session)
        if waiting is not None:
            guard.revert(self.session, waiting.token)
            return
        if self._before is None:
            raise napalm.CommitError(
                f"{self.target.host}: rollback: this session has committed nothing"
            )
        text = ROUTEROS.reveal(self._before, self._vault.unseal)
        self._candidate = Candidate(text, whole=True)
        self.commit_config("rollback")
