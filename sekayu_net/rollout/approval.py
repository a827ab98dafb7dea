"""Approval of plans: signatures over a plan's id, made and checked by OpenSSH's ``ssh-keygen -Y``.

Who may sign stands in an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS): a name, options
(``valid-before``, ``namespaces`` …), a public key. There is no cryptography of our own here: who
wants to can check by hand ::

    echo PLAN_ID | ssh-keygen -Y verify -n sekayu-net-plan -f FILE -I NAME -s PLAN.NAME.sig

Signatures lie next to the plan, one file each, so that they travel with it and two people who sign
at the same time don't write the same file. How many a plan needs is the project's setting;
``require`` is asked by the engine before a run, by whichever command it comes.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sekayu_net.errors import ApprovalError
from sekayu_net.plan import Plan, load
from sekayu_net.saved import Saved

#: What the signatures are for: one made for mail or git commits is none for a plan.
NAMESPACE = "sekayu-net-plan"
#: Seconds for a check; signing may ask a person for a passphrase or for a touch of a key.
CHECK_TIMEOUT, SIGN_TIMEOUT = 30.0, 300.0
#: Bytes of a signature file, at most: what is larger is none.
LARGEST = 65536
#: Of a name in a file's name.
_PLAIN = re.compile(r"[^A-Za-z0-9@._-]")
#: A pattern that fits several people is nobody's name.
_PATTERN = re.compile(r"[*?!]")


@dataclass(frozen=True, slots=True)
class Policy:
    """How many people must sign a plan, and the file that says who they may be."""

    needed: int
    signers: Path


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds: the names that its key has in the allowed-signers file."""

    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The first name, for people to read."""
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the signatures of a plan are worth: one for each person, and why others don't count."""

    people: tuple[Signature, ...]
    faults: tuple[str, ...]


def message(plan: Saved) -> bytes:
    """What is signed: the plan's id and a line end."""
    return f"{plan.plan_id}\n".encode()


def signature_files(path: Path) -> tuple[Path, ...]:
    """The files next to a plan that hold its signatures: ``PLAN.NAME.sig``."""
    own = re.compile(re.escape(path.name) + r"\..+\.sig")
    return tuple(sorted(each for each in path.parent.iterdir() if own.fullmatch(each.name)))


def load_signed(path: Path) -> Plan:
    """A saved plan with the signatures that lie next to it. ``PlanFileError`` as ``load``."""
    return replace(load(path), signatures=signatures_of(path))


def signatures_of(path: Path) -> tuple[str, ...]:
    """The texts of the signatures that lie next to a saved plan."""
    return tuple(
        file.read_text(encoding="utf-8", errors="replace")
        for file in signature_files(path)
        if file.is_file() and file.stat().st_size <= LARGEST
    )


def require(plan: Saved, policy: Policy) -> tuple[str, ...]:
    """Raise ``ApprovalError`` unless enough people signed; who did.

    Several signatures of one person count once. All names of the plan's author are one person, who
    therefore can't approve alone where two are needed.
    """
    if policy.needed < 1:
        return ()
    checked = check(plan, policy.signers)
    names = tuple(signature.name for signature in checked.people)
    if len(names) >= policy.needed:
        return names
    told = f"signed by {', '.join(names)}" if names else "nobody signed"
    if checked.faults:
        told += f"; not counted: {'; '.join(checked.faults)}"
    if not plan.signatures:
        made, done = ("plan", "deploy") if isinstance(plan, Plan) else ("upgrade", "upgrade")
        hint = (
            f"sekayu-net {made} … --out FILE, sekayu-net approve FILE, "
            f"sekayu-net {done} --plan FILE"
        )
    else:
        hint = f"sekayu-net approve FILE, by someone else of {policy.signers}"
    raise ApprovalError(
        f"plan {plan.plan_id[:12]} needs {policy.needed} approvals and has {len(names)}: {told}; "
        "nothing was done",
        hint=hint,
    )


def check(plan: Saved, signers: Path) -> Checked:
    """Which signatures hold now, each person once."""
    found: list[Signature] = []
    faults: list[str] = []
    if plan.signatures:
        readable(signers)
    for text in plan.signatures:
        names = verified(text, message(plan), signers)
        if isinstance(names, str):
            faults.append(names)
        else:
            found.append(Signature(names))
    return Checked(people(found, plan.author), tuple(dict.fromkeys(faults)))


def people(signatures: Iterable[Signature], author: str) -> tuple[Signature, ...]:
    """One signature for each person: who shares a name with another is the same one."""
    seen: list[set[str]] = []
    kept: list[Signature] = []
    for signature in signatures:
        names = set(signature.names)
        if any(name.split("@")[0] == author for name in names):
            names.add(author)
        same = [group for group in seen if group & names]
        for group in same:
            names |= group
            seen.remove(group)
        if not same:
            kept.append(signature)
        seen.append(names)
    return tuple(kept[: len(seen)])


def verified(text: str, signed: bytes, signers: Path) -> tuple[str, ...] | str:
    """The names of who made a signature over ``signed``; why it does not count otherwise."""
    with tempfile.TemporaryDirectory(prefix="sekayu-sig-") as folder:
        file = Path(folder) / "signature"
        file.write_text(text, encoding="utf-8")
        found = keygen("find-principals", "-s", str(file), "-f", str(signers))
        names = tuple(dict.fromkeys(found.stdout.decode(errors="replace").split()))
        if found.returncode != 0 or not names:
            return f"a key that {signers.name} does not admit (now){said(found)}"
        if any(_PATTERN.search(name) for name in names):
            return f"a key whose name in {signers.name} is a pattern: {' '.join(names)}"
        done = keygen(
            *("verify", "-n", NAMESPACE, "-f", str(signers), "-I", names[0], "-s", str(file)),
            given=signed,
        )
        if done.returncode != 0:
            return f"one of {names[0]} that is not over this plan{said(done)}"
    return names


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a command that failed said first, in brackets."""
    told = (done.stderr or done.stdout).decode(errors="replace").splitlines()
    # The first line has the cause, where there are several; the last one says that it failed.
    lines = [line for line in told if line.strip() and not line.startswith("Signing data")]
    return f" ({lines[0].strip()})" if lines else ""


def keygen(
    *words: str, given: bytes = b"", timeout: float = CHECK_TIMEOUT
) -> subprocess.CompletedProcess[bytes]:
    """Run ``ssh-keygen -Y``; ``ApprovalError`` when there is none, or it does not end."""
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", *words],
            input=given,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
    except FileNotFoundError as error:
        raise ApprovalError(
            "there is no ssh-keygen here: signatures can't be made or checked",
            hint="install OpenSSH's client, 8.9 or newer (on Debian: apt install openssh-client)",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ApprovalError(
            f"ssh-keygen did not end within {timeout:g} seconds",
            hint="is an agent or a key on a stick waiting for someone? Then approve again",
        ) from error


def readable(signers: Path) -> str:
    """The allowed-signers file; ``ApprovalError`` when it can't be read."""
    try:
        return signers.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ApprovalError(
            f"{signers}: who may approve can't be read: {why}",
            hint='a line for each person: NAME namespaces="sekayu-net-plan" ssh-ed25519 AAAA…',
        ) from error


def sign(plan: Saved, path: Path, *, keys: Sequence[Path | str], signers: Path) -> tuple[Path, str]:
    """Sign a saved plan with the first of these keys that the file admits; the file, and who.

    A key is a file (private, or public with the private one in the agent), or the line of a public
    key whose private one is in the agent. ``ApprovalError`` when none can sign.
    """
    readable(signers)
    refused: list[str] = []
    for key in keys:
        with key_file(key) as file:
            made = keygen(
                "sign", "-n", NAMESPACE, "-f", str(file), given=message(plan), timeout=SIGN_TIMEOUT
            )
        if made.returncode != 0:
            refused.append(f"{shown(key)}: does not sign{said(made)}")
            continue
        text = made.stdout.decode()
        names = verified(text, message(plan), signers)
        if isinstance(names, str):
            refused.append(f"{shown(key)}: {names}")
            continue
        written = path.with_name(f"{path.name}.{_PLAIN.sub('_', names[0])}.sig")
        written.write_text(text, encoding="utf-8")
        return written, names[0]
    raise ApprovalError(
        "; ".join(refused) or "no key to sign with was found: no agent, and none in ~/.ssh",
        hint=f"name your key: sekayu-net approve {path} --key FILE; it must stand in {signers}",
    )


@contextmanager
def key_file(key: Path | str) -> Iterator[Path]:
    """A key as a file: the line of a public key is written to one."""
    if isinstance(key, Path):
        yield key
        return
    with tempfile.TemporaryDirectory(prefix="sekayu-key-") as folder:
        file = Path(folder) / "key.pub"
        file.write_text(f"{key}\n", encoding="utf-8")
        yield file


def shown(key: Path | str) -> str:
    """A key for a message: its file, or the comment at the end of its line."""
    return str(key) if isinstance(key, Path) else key.split()[-1]


def usual_keys(signers: Path, home: Path) -> tuple[Path | str, ...]:
    """Keys of whoever sits here that the file names: the agent's, then those in ``~/.ssh``."""
    admitted = readable(signers)

    def listed(line: str) -> bool:
        words = line.split()
        return len(words) > 1 and words[1] in admitted

    agent: list[Path | str] = [line for line in agent_keys() if listed(line)]
    files: list[Path | str] = []
    for public in sorted((home / ".ssh").glob("*.pub")):
        if public.is_file() and listed(public.read_text(encoding="utf-8", errors="replace")):
            private = public.with_suffix("")
            files.append(private if private.is_file() else public)
    return (*agent, *files)


def agent_keys() -> tuple[str, ...]:
    """The public keys in the agent, a line each; none without an agent."""
    if not os.environ.get("SSH_AUTH_SOCK"):
        return ()
    try:
        done = subprocess.run(
            ["ssh-add", "-L"], capture_output=True, check=False, timeout=CHECK_TIMEOUT
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ()
    if done.returncode != 0:
        return ()
    return tuple(line for line in done.stdout.decode(errors="replace").splitlines() if line)
