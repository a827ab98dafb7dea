"""From a driver to a masked state: the only way that a configuration gets into the rest.

Secrets are masked here, at once. What is done with the state is not decided here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from sekayu_net.errors import ConfigSyntaxError, DeviceError, GarbledError, UnreachableError
from sekayu_net.inventory.district import Device
from sekayu_net.plan import Running
from sekayu_net.platforms.abilities import AtOnce, Cleaning, Sealing, Witness
from sekayu_net.platforms.base import Driver, Pending, Platform, Reading
from sekayu_net.rollout.site import Site
from sekayu_net.secrets import forgetting

Seal = Callable[[str], str]

#: Held while a text is taken apart or compared. Threads don't do that any faster side by side, and
#: hundreds of readers would hold hundreds of parsed texts, and keep the connections waiting.
one_at_a_time = threading.Lock()


@contextmanager
def opened(make: Callable[[], Driver]) -> Iterator[Driver]:
    """A new connection, closed in any case. Which device it is has yet to be asked."""
    driver = make()
    try:
        driver.open()
        yield driver
    finally:
        driver.close()


@contextmanager
def connected(make: Callable[[], Driver]) -> Iterator[Driver]:
    """A new connection to the right device; closed in any case. ``DeviceError`` when not."""
    with opened(make) as driver:
        driver.check_identity()
        yield driver


def read(
    driver: Driver,
    platform: Platform,
    seal: Seal,
    *,
    host: str,
    remember: Callable[[str], None] | None = None,
) -> Running:
    """The state of the device. ``remember`` gets every secret value that stands there.

    A text that is no configuration of the platform is a ``GarbledError``: whatever answered, it
    said nothing that a decision may rest on.
    """
    with forgetting():
        return masked(driver.read(), platform, seal, host=host, remember=remember)


def identified(
    driver: Driver,
    platform: Platform,
    seal: Seal,
    *,
    host: str,
    remember: Callable[[str], None] | None = None,
) -> tuple[Pending | None, Running]:
    """Whether it is the right device, what waits there, and its state: asked at once where it can.

    Errors as of ``check_identity``, ``pending`` and ``read``.
    """
    with forgetting():
        if isinstance(driver, AtOnce):
            waiting, reading = driver.look_at_once()
        else:
            driver.check_identity()
            waiting, reading = driver.pending(), driver.read()
        return waiting, masked(reading, platform, seal, host=host, remember=remember)


def masked(
    reading: Reading,
    platform: Platform,
    seal: Seal,
    *,
    host: str,
    remember: Callable[[str], None] | None = None,
) -> Running:
    """What was read, without its secrets. See ``read``."""
    if isinstance(platform, Sealing):
        reading = replace(reading, beyond=platform.sealed(reading.beyond, seal))
    try:
        with one_at_a_time:
            if remember is not None:
                for value in platform.secrets(reading.config):
                    remember(value)
            if isinstance(platform, Cleaning):
                text, canonical = platform.cleaned(reading.config, seal)
                return Running.of(reading, text, platform, canonical)
            return Running.of(reading, platform.mask(reading.config, seal), platform)
    except ConfigSyntaxError as error:
        place = f" (line {error.line})" if error.line is not None else ""
        # The cause is left out on purpose: its text may quote a line with a secret.
        raise GarbledError(
            f"what it calls its configuration can't be read{place}",
            host=host,
            stage="read",
            hint="look at the device by hand: is its configuration whole?",
        ) from None


def read_device(site: Site, device: Device) -> Running:
    """Connect to a device and read it, its word on who changed what included.

    ``DeviceError`` when that can't be done.
    """
    with forgetting(), opened(lambda: site.driver(device)) as driver:
        reading = driver.read_at_once() if isinstance(driver, AtOnce) else _step_by_step(driver)
    # The connection is closed by now: what is done with the text takes none of the device's time.
    return masked(reading, site.platform(device), site.seal, host=device.name)


def _step_by_step(driver: Driver) -> Reading:
    driver.check_identity()
    reading = driver.read()
    if not isinstance(driver, Witness):
        return reading
    try:
        return replace(reading, events=driver.events())
    except DeviceError:
        return reading  # who did it is worth knowing, but what was read stands without


def answers(make: Callable[[], Driver]) -> bool:
    """Whether the device accepts a connection now. Any answer but silence counts."""
    driver = make()
    try:
        driver.open()
    except UnreachableError:
        return False
    except DeviceError:
        return True
    else:
        return True
    finally:
        with suppress(DeviceError):
            driver.close()
