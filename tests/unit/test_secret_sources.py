"""Where secrets come from besides a plain file: age, the keyring; and what an error takes along."""

from __future__ import annotations

import shutil
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from sekayu_net.cli import main as program
from sekayu_net.errors import SecretError
from sekayu_net.project import Project
from sekayu_net.secret_age import Age, identity_text, make_identity, parse_identities, public_keys
from sekayu_net.secret_keyring import Keyring
from sekayu_net.secrets import SecretStore, forgetting, variable

VALUE = "correct-horse-battery"


def reader(file: Path) -> Callable[[], str]:
    return lambda: identity_text({}, file)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    file = tmp_path / "who" / "identity.txt"
    make_identity(file)
    return file


def wrapping(*files: Path) -> Age:
    """For all of these; the first one reads."""
    recipients = tuple(key for file in files for key in public_keys(file.read_text()))
    return Age(recipients, reader(files[0]))


# -- age ---------------------------------------------------------------------------------------


def test_an_encrypted_store_is_read_back_and_shows_nothing(tmp_path: Path, identity: Path) -> None:
    path = tmp_path / "secrets.yaml.age"
    SecretStore.open(path, {}, wrapping(identity)).set("wifi/a", VALUE)
    again = SecretStore.open(path, {}, wrapping(identity))
    assert again.get("wifi/a").value == VALUE
    data = path.read_bytes()
    assert data.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert VALUE.encode() not in data
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_age_tool_reads_the_store_and_what_it_writes_is_read(
    tmp_path: Path, identity: Path
) -> None:
    tool = shutil.which("age")
    if tool is None:
        pytest.skip("the age tool is not installed")
    path = tmp_path / "secrets.yaml.age"
    SecretStore.open(path, {}, wrapping(identity)).set("wifi/a", VALUE)

    def age(*words: str, text: bytes | None = None) -> bytes:
        return subprocess.run(
            [tool, *words], input=text, capture_output=True, timeout=20, check=True
        ).stdout

    text = age("-d", "-i", str(identity), str(path))
    assert VALUE.encode() in text
    (public,) = public_keys(identity.read_text())
    edited = text.replace(VALUE.encode(), b"by-hand")
    path.write_bytes(age("-a", "-r", public, text=edited))
    assert SecretStore.open(path, {}, wrapping(identity)).get("wifi/a").value == "by-hand"


def test_every_recipient_reads_and_nobody_else(tmp_path: Path, identity: Path) -> None:
    other, stranger = tmp_path / "other", tmp_path / "stranger"
    make_identity(other)
    make_identity(stranger)
    path = tmp_path / "secrets.yaml.age"
    SecretStore.open(path, {}, wrapping(identity, other)).set("wifi/a", VALUE)
    assert SecretStore.open(path, {}, wrapping(other, identity)).get("wifi/a").value == VALUE
    with pytest.raises(SecretError, match="can't be decrypted") as refused:
        SecretStore.open(path, {}, wrapping(stranger))
    assert "secrets encrypt" in str(refused.value.hint)


def test_an_ssh_key_can_read(tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], timeout=20, check=True
    )
    public = (tmp_path / "id.pub").read_text().strip()
    path = tmp_path / "secrets.yaml.age"
    age = Age((public,), reader(key))
    SecretStore.open(path, {}, age).set("wifi/a", VALUE)
    assert SecretStore.open(path, {}, age).get("wifi/a").value == VALUE


def test_without_recipients_nothing_is_written(tmp_path: Path, identity: Path) -> None:
    path = tmp_path / "secrets.yaml.age"
    with pytest.raises(SecretError, match="no recipients"):
        SecretStore.open(path, {}, Age((), reader(identity)))
    assert not path.exists()


def test_a_private_key_among_the_recipients_is_not_quoted(identity: Path) -> None:
    private = identity.read_text().splitlines()[-1]
    with pytest.raises(SecretError, match="one of them is no recipient") as refused:
        Age((private,), reader(identity)).wrap(b"x")
    assert private[:30] not in str(refused.value)


@pytest.mark.parametrize("text", ["", "nothing", "AGE-SECRET-KEY-1WRONG", "# public key: age1x\n"])
def test_what_is_no_identity_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(SecretError, match="identity is none") as refused:
        parse_identities(text)
    assert "WRONG" not in str(refused.value)


def test_an_identity_that_others_can_read_is_refused(identity: Path) -> None:
    identity.chmod(0o644)
    with pytest.raises(SecretError, match="others can read"):
        identity_text({}, identity)


def test_the_variable_goes_before_the_file_and_the_file_before_the_keyring(
    tmp_path: Path, identity: Path
) -> None:
    named = tmp_path / "named"
    make_identity(named)
    text = named.read_text()
    bare = text.splitlines()[-1]
    assert identity_text({"SEKAYU_AGE_IDENTITY": str(named)}, identity, lambda: "k") == text
    assert identity_text({"SEKAYU_AGE_IDENTITY": bare}, identity, lambda: "k") == bare
    assert identity_text({}, identity, lambda: "k") == identity.read_text()
    assert identity_text({}, tmp_path / "none", lambda: "k") == "k"
    with pytest.raises(SecretError, match="there is no age identity"):
        identity_text({}, tmp_path / "none")


# -- the project's settings --------------------------------------------------------------------


def project(root: Path, settings: str) -> Project:
    (root / "sekayu.toml").write_text(settings)
    return Project.load(root)


def test_a_project_with_age_refuses_a_plain_file_beside_it(tmp_path: Path, identity: Path) -> None:
    (public,) = public_keys(identity.read_text())
    settings = f'[secrets]\nstore = "age"\nrecipients = ["{public}"]\nidentity = "{identity}"\n'
    made = project(tmp_path, settings)
    assert made.secrets().set("wifi/a", VALUE).version == 1
    assert [path.name for path in made.state.iterdir()] == ["secrets.yaml.age"]
    SecretStore.open(made.state / "secrets.yaml", {})
    with pytest.raises(SecretError, match="unencrypted") as refused:
        made.secrets()
    assert refused.value.hint == "sekayu-net secrets encrypt"


# -- the keyring -------------------------------------------------------------------------------


class Drawer(KeyringBackend):
    """A keyring in memory; locked, it refuses."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        if self.locked:
            raise KeyringLocked(f"locked: {self.entries}")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Drawer:
    made = Drawer()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


def test_the_keyring_goes_before_the_file_and_after_the_environment(
    tmp_path: Path, drawer: Drawer
) -> None:
    project(tmp_path, '[project]\nname = "Sekayu"\n[secrets]\nkeyring = true\n')
    Keyring("Sekayu").set("wifi/a", "from the keyring")
    store = SecretStore.open(
        tmp_path / "s", {variable("wifi/b"): "env"}, None, Keyring("Sekayu").get
    )
    store.set("wifi/a", "from the file")
    store.set("wifi/c", "from the file")
    found = {
        name: (store.source(name), store.get(name).value) for name in ("wifi/a", "wifi/b", "wifi/c")
    }
    assert found == {
        "wifi/a": ("keyring", "from the keyring"),
        "wifi/b": ("environment", "env"),
        "wifi/c": ("file", "from the file"),
    }
    asked = drawer.asked
    store.get("wifi/a")
    assert drawer.asked == asked


def test_a_value_of_the_keyring_has_a_label_and_can_be_put_back(
    tmp_path: Path, drawer: Drawer
) -> None:
    Keyring("p").set("wifi/a", "first")
    store = SecretStore.open(tmp_path / "s", {}, None, Keyring("p").get)
    token = store.fingerprint(store.get("wifi/a").value)
    assert (store.label(token), store.unseal(token)) == ("wifi/a@1", "first")
    store.remember("first", "ap1")
    Keyring("p").set("wifi/a", "second")
    later = SecretStore.open(tmp_path / "s", {}, None, Keyring("p").get)
    assert later.get("wifi/a").value == "second"
    assert later.unseal(token) == "first"


def test_a_locked_keyring_says_what_to_do_and_quotes_nothing(drawer: Drawer) -> None:
    Keyring("p").set("wifi/a", VALUE)
    drawer.locked = True
    with pytest.raises(SecretError, match="keyring of this system") as refused:
        Keyring("p").get("wifi/a")
    assert VALUE not in "".join(traceback.format_exception(refused.value))


# -- what an error takes along -----------------------------------------------------------------


def with_locals(error: BaseException) -> str:
    """A traceback as some programs print it: with every local variable."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def reveals(value: str) -> None:
    script = f"set passphrase={value}"
    raise RuntimeError(len(script))


def test_an_error_forgets_the_locals_below(tmp_path: Path) -> None:
    def guarded() -> None:
        with forgetting():
            reveals(VALUE)

    with pytest.raises(RuntimeError) as plain:
        reveals(VALUE)
    assert VALUE in with_locals(plain.value)
    with pytest.raises(RuntimeError) as caught:
        guarded()
    assert VALUE not in with_locals(caught.value)


def test_an_error_forgets_those_of_its_cause() -> None:
    def turned() -> None:
        try:
            reveals(VALUE)
        except RuntimeError as error:
            raise SecretError("no") from error

    with pytest.raises(SecretError) as caught, forgetting():
        turned()
    assert VALUE not in with_locals(caught.value)


@pytest.mark.parametrize("text", ["secrets: {wifi/a: [%s, 7]}", "remembered: {ap1: [%s, 7]}"])
def test_a_broken_store_leaks_nothing_by_its_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s"
    path.touch(mode=0o600)
    path.write_text(f"key: {'a' * 64}\n{text % VALUE}\n")
    with pytest.raises(SecretError) as caught:
        SecretStore.open(path, {})
    assert VALUE not in with_locals(caught.value)


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_the_program_ends_with_an_error_that_forgot_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], debug: list[str]
) -> None:
    seen: list[BaseException] = []

    def command(_: str) -> None:
        reveals(VALUE)

    def report(error: BaseException, *, debug: bool) -> int:
        seen.append(error)
        return real(error, debug=debug)

    real = program.report_error
    monkeypatch.setattr(program, "load_command", command)
    monkeypatch.setattr(program, "report_error", report)
    with pytest.raises(SystemExit):
        program.main([*debug, "status"])
    assert "in reveals" in with_locals(seen[0])
    assert VALUE not in with_locals(seen[0])
    shown = capsys.readouterr()
    assert VALUE not in shown.out + shown.err
    assert ("Traceback" in shown.err) == bool(debug)
