"""A database server for the tests of the journal, made when the first of them asks for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from sekayu_net.journal_server import Server
from tests import postgres

#: On one worker, so that one server is enough.
ON_SERVER = pytest.param("server", marks=pytest.mark.xdist_group("postgres"))
SCHEMAS = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.running() as made:
        yield made


@pytest.fixture
def new_server(cluster: postgres.Cluster) -> Callable[[], Server]:
    """Makes the place of a journal that nobody else has; ``same`` URL for a second laptop."""

    def make() -> Server:
        schema = f"journal{next(SCHEMAS)}"
        cluster.run(f"CREATE SCHEMA {schema}")
        return Server(cluster.url(schema))

    return make


@pytest.fixture(params=["file", ON_SERVER])
def journal_place(request, tmp_path):
    """Where a journal lies: a file, or a server's database."""
    if request.param == "file":
        return tmp_path / "state" / "journal.db"
    return request.getfixturevalue("new_server")()
