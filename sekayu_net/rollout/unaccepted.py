"""What people added beside the templates stays drift through deployments, until it is accepted.

A deployment vouches for what is owned. What somebody put into menus that are not, or removed there,
it leaves as it is and does not vouch for: drift goes on being measured from the state of before.
Where that is another state than the one the device was left in, it is kept here; ``audit --accept``
forgets it. The state that a device was left in is the journal's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sekayu_net.errors import ConfigSyntaxError, InputError
from sekayu_net.journal import Confirmed, Journal
from sekayu_net.plan import HostPlan, fingerprint
from sekayu_net.platforms.abilities import Owning
from sekayu_net.platforms.base import DiffContext, Difference, Platform
from sekayu_net.rollout.rollback import back_from
from sekayu_net.rollout.site import Site

#: Differences that say nothing about what is owned.
_ASIDE = ("unmanaged", "unreadable")
#: An item of a menu; None of the item: the menu's settings, or the whole of it.
Place = tuple[str, str | None]


def base_after(
    platform: Platform,
    context: DiffContext,
    *,
    base: str,
    before: str,
    after: str,
    intended: str,
) -> str | None:
    """From what drift is measured when a change was confirmed; None when from ``after`` itself.

    ``base``: from what it was measured until then; ``before`` and ``after`` what the device said
    before and after the change, ``intended`` what it was to say. Pure; texts are canonical.
    """
    if base == before:
        return None
    whole = replace(context, ownership=None, whole=True)
    owned = replace(context, whole=False)
    leave: frozenset[Place] = frozenset()
    known = _off(platform, owned, after, intended)
    while True:
        target = back_from(platform, whole, old=base, new=before, current=after, leave=leave).target
        if target == after:
            return None
        # What a plan would put right again is owned: the deployment vouches for that.
        vouched = _off(platform, owned, target, intended) - known - leave
        if not vouched:
            return target
        leave |= vouched


def _off(platform: Platform, context: DiffContext, text: str, intended: str) -> frozenset[Place]:
    """Where a text is not as it should be, of what is owned."""
    found: Collection[Difference] = platform.diff(text, intended, context).differences
    return frozenset((each.path, each.item) for each in found if each.kind not in _ASIDE)


def meant(site: Site, plan: HostPlan) -> str:
    """What a device was to say of what is owned: a way back names all that the device says."""
    device = site.district.devices[plan.host]
    platform = site.platform(device)
    if not plan.whole or not isinstance(platform, Owning):
        return plan.intended
    return platform.owned_part(plan.intended, site.context(device).ownership)


def note(site: Site, journal: Journal, plan: HostPlan, after: str) -> None:
    """Keep from what the drift of a device is measured, just before its change is remembered."""
    device = site.district.devices[plan.host]
    rows = journal.query(
        "SELECT coalesce(bases.config, confirmed.config) AS config FROM confirmed"
        " LEFT JOIN bases USING (host) WHERE host = ?",
        (plan.host,),
    )
    if not rows:
        return  # what it says at its first deployment is known to whoever deployed it
    try:
        base = base_after(
            site.platform(device),
            site.context(device),
            base=rows[0]["config"],
            before=plan.running,
            after=after,
            intended=meant(site, plan),
        )
    except (InputError, ConfigSyntaxError):
        base = None  # texts of another version of the program: nothing can be compared with them
    keep(journal, plan.host, base)


def keep(journal: Journal, host: str, base: str | None) -> None:
    """Measure the drift of a device from this text; None: from what it was left saying."""
    with journal.transaction() as db:
        if base is None:
            db.execute("DELETE FROM bases WHERE host = ?", (host,))
        else:
            db.execute(
                "INSERT INTO bases (host, config) VALUES (?, ?)"
                " ON CONFLICT (host) DO UPDATE SET config = excluded.config",
                (host, base),
            )


def base_of(journal: Journal, host: str) -> Confirmed | None:
    """What the drift of a device is measured from; None when it was never deployed."""
    confirmed = journal.confirmed(host).get(host)
    rows = journal.query("SELECT config FROM bases WHERE host = ?", (host,))
    if confirmed is None or not rows:
        return confirmed
    config = rows[0]["config"]
    return replace(confirmed, config=config, fingerprint=fingerprint(config))
