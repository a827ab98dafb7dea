"""After a wave has rested: look again at the devices it confirmed, before the next wave opens.

A change can be well for a minute and not for an hour (a lease runs out, a route flaps). A device
that was confirmed has no undo any more: what is wrong after the soak stops the run and is told,
it does not go back by itself.
"""

from __future__ import annotations

from sekayu_net.errors import DeviceError, UnreachableError
from sekayu_net.platforms.base import Guard
from sekayu_net.rollout.device import Ended, Job, Ready, Seen, look, words
from sekayu_net.rollout.reading import opened

#: Seconds between looks at a device that was not well: one lost answer is no outage.
PAUSES = (2.0, 5.0)


def look_again(job: Job, failing: frozenset[str], soaked: str) -> Ended | None:
    """Read a confirmed device back and run its checks; None when all is well.

    ``failing``: the checks that failed before the change already; ``soaked``: the time that
    passed, in words. Silence is ``unknown`` (``resume`` asks it again), the rest ``failed``.
    """
    ready = Ready(Guard("none", frozenset()), failing)
    for pause in (*PAUSES, None):
        try:
            with opened(job.driver) as driver:
                looked = look(job, driver, ready)
            if isinstance(looked, Seen):
                return None
            found = Ended("failed", looked.reason)
        except UnreachableError as error:
            found = Ended("unknown", error.message)
        except DeviceError as error:
            found = Ended("failed", words(error))
        if pause is not None:
            job.wait(pause)
    told = (
        f"confirmed, but after {soaked} of soak: {found.reason}; its change stays there: "
        f"sekayu-net rollback {job.run} --host {job.host}"
    )
    return Ended(found.state, job.scrub(told))
