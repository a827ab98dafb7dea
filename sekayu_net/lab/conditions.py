"""What can be set on a device beside its configuration: faults, and readings of its behaviour.

Plain values that the rest of the lab looks at. Faults by name, and undoing them: ``faults``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Faults:
    """Faults of one device; set the fields at any time.

    ``latency`` seconds each way; ``bandwidth`` bytes a second each way; ``slow`` seconds before an
    exec answers; ``slow_statement`` seconds that each statement takes; ``session_loss_after`` bytes
    that the device sends, ``upload_loss_after`` bytes that it is sent, before the connection dies
    (once); ``turn_away`` so many more connections before the login; ``reboot_at_statement`` and
    ``power_off_at_statement`` of an import, from 1 (once); ``interference`` what another
    administrator says after so many statements of an import (once); ``host_key`` an asyncssh
    private key shown instead of the real one; ``cpu_load``, ``memory_used`` and ``pools_used``
    percent; ``no_time``: no time server is heard; ``radios_off``: no radio comes on the air.
    """

    latency: float = 0.0
    bandwidth: int | None = None
    slow: float = 0.0
    slow_statement: float = 0.0
    garbage: bool = False
    session_loss_after: int | None = None
    upload_loss_after: int | None = None
    turn_away: int = 0
    reboot_at_statement: int | None = None
    power_off_at_statement: int | None = None
    interference: dict[int, str] = field(default_factory=dict)
    flash_full: bool = False
    scheduler_forbidden: bool = False
    flagged: bool = False
    host_key: object | None = None
    serial: str | None = None
    reject_statement: str | None = None
    cpu_load: int | None = None
    memory_used: int | None = None
    pools_used: int | None = None
    no_time: bool = False
    radios_off: bool = False


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where sources on the real device disagree, or say nothing: both ways can be had.

    ``import_parses_first``: an import with a syntax error does nothing at all (seen on 6; not
    proven for 7). ``empty_find_fails``: ``set [find …]`` that finds nothing is ``expected item
    id``. ``exec_error_status``: exit status of an exec that failed; None: 1 on version 6 where the
    text was no command (measured 6.49.11), else 0. ``exec_limit``: an exec longer than so many
    bytes is cut there. ``as_value_over_exec``: ``:put [… as-value]`` prints rows in an exec.
    ``empty_list``: what a print without rows shows. ``execute_needs_mode``: a device-mode that
    forbids the scheduler forbids ``:execute`` too. ``mode_inactivates``: such a mode takes new
    entries and leaves them inactive, instead of refusing them. ``backup_load_asks``: a load without
    ``password=`` waits for one, in a script as well. ``safe_mode_overflow``: after the hundredth
    action safe mode ``lies`` (all is kept, the prompt still says ``<SAFE>``: measured 7.23.2) or
    ``leaves`` (manual). ``quit_in_safe_mode``: ``/quit`` ``keeps`` the changes (manual) or
    ``unrolls`` them (7.25beta4). ``terminal_probe_seconds``: how long the console waits for a
    terminal that does not answer.
    """

    import_parses_first: bool = True
    empty_find_fails: bool = False
    exec_error_status: int | None = None
    exec_limit: int | None = None
    as_value_over_exec: bool = True
    empty_list: Literal["blank", "nothing", "legend"] = "blank"
    execute_needs_mode: bool = False
    mode_inactivates: bool = False
    backup_load_asks: bool = False
    safe_mode_overflow: Literal["lies", "leaves"] = "lies"
    quit_in_safe_mode: Literal["keeps", "unrolls"] = "keeps"
    terminal_probe_seconds: float = 10.0
