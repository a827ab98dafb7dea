"""A journal on a server: what it promises beyond a file; who holds a project across machines."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from sekayu_net.errors import JournalError, LockError, ProjectError
from sekayu_net.journal import Journal
from sekayu_net.journal_schema import MIGRATIONS, as_postgres
from sekayu_net.journal_server import Server, checked_url
from sekayu_net.project import Project
from sekayu_net.renaming import rename_in_journal
from tests import postgres

pytestmark = pytest.mark.xdist_group("postgres")
ROOT = Path(__file__).parents[2]
NEVER = "swordfish-2026"


@pytest.fixture
def server(new_server) -> Server:
    made: Server = new_server()
    with Journal.open(made):
        return made


def again(server: Server) -> Server:
    """The same journal, as another laptop sees it."""
    return Server(server._url)


def project_on(url: str, folder: Path, more: str = "") -> Project:
    folder.mkdir()
    (folder / "sekayu.toml").write_text(f'[journal]\nurl = "{url}"\n{more}')
    return Project.load(folder)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://db/journal", "begins with"),
        (f"postgresql+psycopg://u:{NEVER}@db/journal", "no password"),
        (f"postgresql://u@db/journal?password={NEVER}", "no password"),
        ("postgresql+psycopg://u@db", "names no database"),
    ],
)
def test_a_url_that_can_be_no_journals_is_refused_unquoted(tmp_path, url, told) -> None:
    with pytest.raises(ProjectError, match=told) as refused:
        project_on(url, tmp_path / "p")
    assert NEVER not in str(refused.value)
    assert "sekayu.toml:2" in str(refused.value)


def test_the_lab_keeps_its_own_journal(tmp_path) -> None:
    made = project_on("postgresql://u@nowhere.invalid/j", tmp_path / "p")
    assert (
        Project.load(made.root, lab=True).journal_path == made.root / ".sekayu/lab/journal.sqlite"
    )


def test_without_the_package_the_error_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(JournalError) as refused:
        Journal.open(Server("postgresql://u@/j"))
    assert "sekayu-net[postgresql]" in str(refused.value.hint)


def test_a_server_that_is_not_there_is_one_clear_error(cluster) -> None:
    gone = f"postgresql://u@/j?host={cluster.folder}/nowhere"
    with pytest.raises(JournalError, match="nothing more is done") as refused:
        Journal.open(Server(gone))
    assert "\n" not in str(refused.value)


def test_the_password_is_a_secret_by_name(cluster, tmp_path) -> None:
    cluster.run("CREATE SCHEMA guarded")
    more = 'password = "journal/password"\n'
    made = project_on(cluster.guarded("guarded"), tmp_path / "p", more)
    made.secrets().set("journal/password", postgres.PASSWORD)
    with Journal.open(made.journal_path) as journal:
        journal.begin("audit", operator="siti")


def test_a_wrong_password_is_in_no_error(cluster) -> None:
    with pytest.raises(JournalError) as refused:
        Journal.open(Server(cluster.guarded("public"), lambda: NEVER))
    assert "password authentication failed" in str(refused.value)
    assert NEVER not in "".join(traceback.format_exception(refused.value))


def test_each_commit_is_on_the_disk_when_it_returns(server, cluster) -> None:
    cluster.run("ALTER ROLE postgres SET synchronous_commit = off")
    try:
        with Journal.open(again(server)) as journal:
            said = journal.query("SELECT current_setting('synchronous_commit') AS it")
    finally:
        cluster.run("ALTER ROLE postgres RESET synchronous_commit")
    assert said == [{"it": "on"}]


def test_a_server_that_forgets_in_a_power_cut_is_refused() -> None:
    with postgres.running(fsync=False) as cluster, pytest.raises(JournalError, match="fsync"):
        Journal.open(Server(cluster.url("public")))


def columns(cluster: postgres.Cluster, server: Server) -> str:
    schema = server._url.rpartition("%3D")[2]
    return cluster.run(
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        f" FROM information_schema.columns WHERE table_schema = '{schema}' ORDER BY 1, 2"
    )


@pytest.mark.parametrize("form", range(len(MIGRATIONS)))
def test_a_journal_of_every_older_form_is_brought_up_to_date(
    new_server, server, cluster, form
) -> None:
    old = new_server()
    schema = old._url.rpartition("%3D")[2]
    before = "".join(as_postgres(each) for each in MIGRATIONS[:form])
    cluster.run(
        f"SET search_path = {schema}; CREATE TABLE journal_state (one BOOLEAN PRIMARY KEY"
        " CHECK (one), form INTEGER NOT NULL, fence BIGINT NOT NULL, holder TEXT, since TEXT);"
        f"INSERT INTO journal_state (one, form, fence) VALUES (TRUE, {form}, 0); {before}"
    )
    with Journal.open(old) as journal:
        journal.end(journal.begin("deploy", operator="x"), "done")
    assert columns(cluster, old) == columns(cluster, server)


def set_form(cluster: postgres.Cluster, server: Server, form: int) -> None:
    schema = server._url.rpartition("%3D")[2]
    cluster.run(f"UPDATE {schema}.journal_state SET form = {form}")


def test_a_newer_journal_is_refused(server, cluster) -> None:
    set_form(cluster, server, len(MIGRATIONS) + 1)
    with pytest.raises(JournalError, match="newer"):
        Journal.open(again(server))


def test_what_another_laptop_upgraded_meanwhile_is_not_written(server, cluster) -> None:
    with Journal.open(server) as journal:
        set_form(cluster, server, len(MIGRATIONS) + 1)
        with pytest.raises(JournalError, match="newer"):
            journal.begin("deploy", operator="x")
        assert journal.runs() == ()


def test_an_older_form_is_not_changed_by_who_only_looks(server, cluster) -> None:
    set_form(cluster, server, 1)
    with pytest.raises(JournalError, match="form 1"):
        Journal.open(again(server), read_only=True)


def test_a_connection_that_breaks_says_how_to_go_on_and_leaves_the_record_whole(
    server, cluster
) -> None:
    with Journal.open(server) as journal:
        run = journal.begin("deploy", operator="x")
        cluster.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'sekayu-net'"
        )
        with pytest.raises(JournalError) as broken:
            journal.enter(run, "a", wave="one")
    assert "sekayu-net resume" in str(broken.value.hint)
    with Journal.open(again(server)) as journal:
        assert journal.hosts(run) == ()
        assert [each.id for each in journal.unfinished()] == [run]


def half_done(journal: Journal) -> None:
    with journal.transaction() as db:
        db.execute("INSERT INTO plans (plan_id, content, signatures) VALUES ('p', '', '')")
        raise ZeroDivisionError


def test_nothing_stays_of_a_transaction_whose_block_failed(server) -> None:
    with Journal.open(server) as journal:
        with pytest.raises(ZeroDivisionError):
            half_done(journal)
        assert journal.query("SELECT * FROM plans") == []


def test_a_second_laptop_is_told_who_holds_the_project(cluster, new_server, tmp_path) -> None:
    url = new_server()._url
    first, second = project_on(url, tmp_path / "a"), project_on(url, tmp_path / "b")
    with first.lock("siti"), pytest.raises(LockError, match=r"siti on .*, process \d+, since 20"):
        second.lock("budi").__enter__()
    with second.lock("budi"):
        pass  # free again


def test_two_projects_in_schemas_of_their_own_do_not_wait_for_each_other(new_server) -> None:
    with new_server().held("siti"), new_server().held("budi"):
        pass


HOLDER = (
    "import os, sys; from sekayu_net.journal_server import Server\n"
    "with Server(sys.argv[1]).held('siti'):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


def test_a_killed_holder_holds_nobody(server) -> None:
    command = [sys.executable, "-c", HOLDER, server._url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockError, match="siti"):
            server.held("budi").__enter__()
        holder.kill()
        holder.wait(timeout=60)
    wait_until_free(server)


def wait_until_free(server: Server) -> None:
    """The server hears of a closed connection in its own time: soon, but not at once."""
    with server.connect() as database:  # waits for the lock's turn
        database.read("SET lock_timeout = '30s'", ())
        database.read("SELECT pg_advisory_lock(7358, hashtext(current_schema))", ())
    with server.held("budi"):
        pass


def test_a_holder_that_was_given_up_for_lost_writes_nothing_more(server, cluster) -> None:
    other = again(server)
    with server.held("siti"), Journal.open(server) as journal:
        run = journal.begin("deploy", operator="siti")
        cluster.run("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        with other.held("budi"), Journal.open(other) as taken:
            with pytest.raises(JournalError, match="budi took this project over"):
                journal.enter(run, "a", wave="one")
            taken.enter(run, "b", wave="one")
            assert [each.host for each in taken.hosts(run)] == ["b"]


def test_an_audit_beside_a_deployment_may_write(server) -> None:
    with server.held("siti"), Journal.open(again(server)) as journal:
        journal.end(journal.begin("audit", operator="budi"), "ok")


@pytest.fixture
def renamed(journal_place):
    with Journal.open(journal_place) as journal:
        yield journal


def test_records_under_the_new_name_make_way_on_every_kind_of_place(renamed) -> None:
    run = renamed.begin("deploy", operator="x")
    for host in ("old", "new", "other"):
        renamed.enter(run, host, wave=host, linked=("old", "other"))
        renamed.remember(run, host, fingerprint=host, config=host, intended=host)
    later = renamed.begin("deploy", operator="x")
    renamed.enter(later, "new", wave="kept")
    rename_in_journal(renamed, {"old": "new"})
    assert {each.host: each.wave for each in renamed.hosts(run)} == {"new": "old", "other": "other"}
    assert {each.linked for each in renamed.hosts(run)} == {"new other"}
    assert [each.wave for each in renamed.hosts(later)] == ["kept"]
    assert renamed.confirmed()["new"].config == "old"
    assert {each.host for each in renamed.events(run)} == {"new", "other"}


def test_the_form_of_a_url_is_kept_as_it_was_written() -> None:
    url = "postgresql+psycopg://u@db.example/j?sslmode=verify-full"
    assert checked_url(url) == url
    assert str(Server(url)) == "postgresql+psycopg://u@db.example/j"
