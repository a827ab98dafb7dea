"""Published IOS configurations: read, given back, compared, and led from one to the other.

The judge of a script is the lab's configuration tree, which shares no code with what wrote it: both
configurations are first typed into it, so that both are what one device would show.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from pathlib import Path

import pytest

from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.editor import replay
from sekayu_net.lab.ios.tree import Tree
from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.ios import syntax
from sekayu_net.platforms.ios.change import change
from sekayu_net.platforms.ios.platform import IOS
from sekayu_net.platforms.ios.tree import read

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SEKAYU_SHARED", ROOT.parent / "shared")) / "corpus/ios"
FILES = sorted(FOLDER.glob("*.cfg")) if FOLDER.is_dir() else []
pytestmark = pytest.mark.skipif(not FILES, reason=f"no published configurations in {FOLDER}")
WHOLE = DiffContext(version="15.7", whole=True)
#: Every pair takes a minute and a half: by default each file is left once and reached once.
EVERY = os.environ.get("SEKAYU_CONFORMANCE") == "all"
PAIRS = [
    (one, other)
    for place, one in enumerate(FILES)
    for other in FILES
    if one != other and (EVERY or other == FILES[(place + 1) % len(FILES)])
]
#: What the judge can't be led to, and why. No script is at fault.
BEYOND = re.compile(
    # It keeps the denial of an encapsulation that no switch shows.
    r"interface \S+ / default switchport trunk encapsulation dot1q|"
    # It takes whatever follows a service instance for a part of it, as the text indents it alike.
    r"interface GigabitEthernet0/0/22 / .*shutdown"
)


def text_of(file: Path) -> str:
    return file.read_bytes().decode("latin-1").replace("\r\n", "\n")


def named(file: Path) -> str:
    return file.stem


def seal(value: str) -> str:
    return f"<secret:{hashlib.sha256(value.encode()).hexdigest()[:16]}>"


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_configuration_is_read_and_given_back(file: Path) -> None:
    text = text_of(file)
    assert syntax.restore(syntax.parse(text)) == text
    canonical = IOS.canonical(text)
    assert IOS.canonical(canonical) == canonical
    assert read(IOS.layout(text, width=80, file=file.name)) == read(text)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_configuration_differs_from_itself_in_nothing(file: Path) -> None:
    masked = IOS.mask(text_of(file), seal)
    made = change(masked, masked, WHOLE)
    assert (made.script, made.diff, made.differences) == ("", "", ())


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_secret_of_a_configuration_stays_in_it(file: Path) -> None:
    text = text_of(file)
    masked = IOS.mask(text, seal)
    assert IOS.secrets(masked) == ()
    assert IOS.mask(masked, seal) == masked
    for line in masked.splitlines():
        if re.match(r"\s*(username \S+ .*(password|secret)|enable (secret|password)) ", line):
            assert "<secret:" in line


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda file: file.stem)
def test_a_script_leads_from_one_configuration_to_another(one: Path, other: Path) -> None:
    device = judge(text_of(one), text_of(other))
    tree, wanted = typed(device, text_of(one)), typed(device, text_of(other))
    before, after = "\n".join(tree.lines()), "\n".join(wanted.lines())
    made = change(before, after, WHOLE)
    replay(device, tree, made.script.splitlines(), lenient=True)
    left = change("\n".join(tree.lines()), after, WHOLE)
    assert [o.statement for o in left.operations if not BEYOND.match(o.statement)] == []


def judge(*texts: str) -> IosDevice:
    """A device that has the ports of all these texts."""
    names = itertools.chain.from_iterable(
        (node.text.split()[-1] for node in read(text).starting("interface")) for text in texts
    )
    ports = [name for name in dict.fromkeys(names) if "." not in name]
    return IosDevice("judge", model="ISR", version="15.7(3)M8", serial="FDO1", ports=ports)


def typed(device: IosDevice, text: str) -> Tree:
    tree = device.factory(bare=True)
    replay(device, tree, text.splitlines(), lenient=True)
    return tree
