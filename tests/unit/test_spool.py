"""Values beside the memory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sekayu_net.spool import Spool

HOSTS = [f"host-{number}" for number in range(50)]


def test_values_come_back_in_the_order_of_hosts_the_last_one_counts(tmp_path) -> None:
    with Spool[str](tmp_path / "new", HOSTS) as spool:
        for host in reversed(HOSTS[:10]):
            spool.put(host, "first")
            spool.put(host, host.upper())
        assert list(spool.items()) == [(host, host.upper()) for host in HOSTS[:10]]
        assert (len(spool), HOSTS[0] in spool, HOSTS[20] in spool) == (10, True, False)
        with pytest.raises(KeyError):
            spool[HOSTS[20]]


def test_threads_may_put_at_once(tmp_path) -> None:
    with Spool[str](tmp_path, HOSTS) as spool:
        threads = [threading.Thread(target=spool.put, args=(host, host * 1000)) for host in HOSTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(spool[host] == host * 1000 for host in HOSTS)


def test_the_file_has_no_name(tmp_path) -> None:
    with Spool[str](tmp_path, HOSTS) as spool:
        spool.put(HOSTS[0], "x")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is full")
def test_a_full_disk_is_told_with_the_folder(tmp_path) -> None:
    with Spool[str](tmp_path, HOSTS) as spool:
        spool._file.close()  # another file in its place
        spool._file = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115
        with pytest.raises(OSError, match="No space left") as raised:
            spool.put(HOSTS[0], "x")
    assert raised.value.filename == str(tmp_path)
