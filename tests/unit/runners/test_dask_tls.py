"""A cluster that talks in TLS: who has a certificate of its authority is let in, nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sekayu_net.errors import ClusterError
from sekayu_net.runners.dask import DaskRunner, connected
from tests.unit.runners.certificates import Authority
from tests.unit.runners.far_away import Far
from tests.unit.runners.test_dask import HOSTS, nornir, read

distributed = pytest.importorskip("distributed", reason="pip install 'sekayu-net[cluster]'")
pytestmark = [
    pytest.mark.xdist_group("dask"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:unclosed"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@dataclass(frozen=True, slots=True)
class Encrypted:
    scheduler: str
    authority: Authority

    def files(self):
        return (self.authority.certificate, *self.authority.vouch("client"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Encrypted]:
    """One machine that reads; scheduler and machine have a certificate each."""
    authority = Authority.make(tmp_path_factory.mktemp("authority"))
    words = {"require_encryption": True, "tls_ca_file": str(authority.certificate)}
    for role in ("scheduler", "worker", "client"):
        certificate, key = authority.vouch(f"its-{role}")
        words |= {f"tls_{role}_cert": str(certificate), f"tls_{role}_key": str(key)}
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=True,
        host="127.0.0.1",
        protocol="tls://",
        dashboard_address="127.0.0.1:0",
        security=distributed.Security(**words),
    ) as running:
        yield Encrypted(running.scheduler_address, authority)


def test_every_host_is_read_through_tls(cluster, tmp_path) -> None:
    assert cluster.scheduler.startswith("tls://127.0.0.1:")
    with connected(cluster.scheduler, tls=cluster.files()) as client:
        runner = DaskRunner(client, Far(str(tmp_path)), chunk=4, patience=4.0)
        results = nornir(HOSTS).with_runner(runner).run(task=read)
    assert sorted(results) == HOSTS
    assert not results.failed


def test_a_certificate_of_another_authority_is_not_let_in(cluster, tmp_path) -> None:
    stranger = Authority.make(tmp_path / "other")
    files = (cluster.authority.certificate, *stranger.vouch("client"))
    with (
        pytest.raises(ClusterError, match="no Dask scheduler answers") as refused,
        connected(cluster.scheduler, tls=files, timeout=3),
    ):
        pass
    assert "one authority" in str(refused.value.hint)


def test_a_scheduler_of_another_authority_is_told_nothing(cluster, tmp_path) -> None:
    stranger = Authority.make(tmp_path / "other")
    with (
        pytest.raises(ClusterError, match="no Dask scheduler answers"),
        connected(cluster.scheduler, tls=(stranger.certificate, *cluster.files()[1:]), timeout=3),
    ):
        pass


def test_with_a_certificate_nothing_is_said_in_clear(cluster) -> None:
    with (
        pytest.raises(ClusterError, match="is not encrypted"),
        connected("tcp://127.0.0.1:1", tls=cluster.files()),
    ):
        pass


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_files_that_are_no_certificates_are_named(cluster, tmp_path, content) -> None:
    ours = tmp_path / "ours.pem"
    if content is not None:
        ours.write_text(content)
    authority, _, key = cluster.files()
    with (
        pytest.raises(ClusterError, match="can't be used") as refused,
        connected(cluster.scheduler, tls=(authority, ours, key)),
    ):
        pass
    assert str(ours) in str(refused.value)
    assert "[cluster]" in str(refused.value.hint)
