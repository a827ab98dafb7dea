"""What holds for every test: nobody's own settings decide how it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of personal settings that is empty, for commands in processes of their own too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("LC_ALL", "C.UTF-8")
        for name in ("SEKAYU_OPERATOR", "SEKAYU_SSH_KEY", "SEKAYU_LANG", "SEKAYU_PROJECT"):
            patch.delenv(name, raising=False)
        yield
