"""From a project to what the engine needs of it: composition, once a command."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sekayu_net import personal
from sekayu_net.inventory.qualified import FILE, Qualification
from sekayu_net.inventory.qualified import load as load_qualified
from sekayu_net.journal import Journal
from sekayu_net.platforms.base import DiffContext, Driver, Platform
from sekayu_net.platforms.registry import platform as platform_named
from sekayu_net.rendering import render
from sekayu_net.rollout import approval
from sekayu_net.rollout.canary import TRUSTED, Standing
from sekayu_net.rollout.canary import standing as standing_of
from sekayu_net.rollout.site import Site

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device, Make
    from sekayu_net.project import Project


def operator() -> str:
    """Who sits at the keyboard, as the person says it, else by the login."""
    return personal.operator(os.environ)


def site_of(project: Project) -> Site:
    """The project as the engine sees it. Reads inventory, secrets and ownership once."""
    district = project.district()
    secrets = project.secrets()
    holder = f"{operator()}@{socket.gethostname()}"
    policy = approval.Policy(project.settings.approvals, project.signers)
    writing = threading.Lock()

    @cache
    def ownership(platform: str, role: str) -> object:
        return platform_named(platform).load_ownership(project.templates / platform, role)

    def platform(device: Device) -> Platform:
        return platform_named(device.platform)

    def context(device: Device) -> DiffContext:
        return DiffContext(
            version=device.version,
            ownership=ownership(device.platform, device.role),
            flows=project.flows(device),
        )

    def driver(device: Device) -> Driver:
        return platform(device).driver(replace(project.target(device), holder=holder))

    def remember(value: str, origin: str) -> None:
        # The store is one file: two devices must not write it at once.
        with writing:
            secrets.remember(value, origin)

    @cache
    def tried() -> tuple[tuple[Qualification, ...], frozenset[Make]]:
        qualified = load_qualified(project.inventory / FILE)
        if not project.journal_path.exists():
            return qualified, frozenset()
        with Journal.open(project.journal_path) as journal:
            return qualified, journal.deployed()

    def standing(make: Make) -> Standing:
        if project.lab and not project.settings.rollout.canary_in_lab:
            return TRUSTED
        qualified, deployed = tried()
        return standing_of(make, qualified, deployed, lab=project.lab)

    return Site(
        name=district.code,
        lab=project.lab,
        revision=project.revision(),
        operator=operator(),
        district=district,
        platform=platform,
        driver=driver,
        context=context,
        intended=lambda device: render(district, device, secrets, project.templates),
        seal=secrets.seal,
        unseal=secrets.unseal,
        label=secrets.label,
        remember=remember,
        nornir=project.nornir,
        task=project.load_task,
        standing=standing,
        sources=project.sources(),
        permit=lambda plan: approval.require(plan, policy),
        readers=project.settings.rollout.readers,
    )
