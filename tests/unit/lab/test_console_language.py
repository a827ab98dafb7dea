"""The console language: what a line prints. Cases are data."""

from __future__ import annotations

import pytest

from sekayu_net.lab.device import LabDevice

CASES = {
    "put prints text": (':put "a b"', "a b"),
    "statements are separated by semicolons": (':put 1; :put "x"', "1\nx"),
    "a sentinel after an error is not printed": (
        'foo; :put "OK"',
        "bad command name foo (line 1 column 1)",
    ),
    "strings substitute variables": (':local x 5; :put "n=$x"', "n=5"),
    "a dollar can be escaped": (r':put "\$x"', "$x"),
    "escapes are decoded": (r':put "a\tb\_c\41"', "a\tb cA"),
    "an unknown escape is a syntax error": (r':put "\q"', "syntax error (line 1 column 7)"),
    "numbers add": (":put (1 + 2 * 3)", "7"),
    "text is joined by a dot": (':put ("a" . 1 . "b")', "a1b"),
    "comparisons are booleans": (":put (2 > 1)", "true"),
    "not negates": (":put (!(1 = 1))", "false"),
    "and binds tighter than or": (":put ((1 = 1) || (1 = 2) && (1 = 2))", "true"),
    "a regular expression is searched": (':put ("sekayu-1" ~ "^sekayu-")', "true"),
    "arrays print with semicolons": (":put {1;2;3}", "1;2;3"),
    "keyed arrays print their keys": (':put {"a"=1;"b"=2}', "a=1;b=2"),
    "an arrow takes a value out": (':local a {"x"=7}; :put ($a->"x")', "7"),
    "pick takes a part of a text": (':put [:pick "abcdef" 1 3]', "bc"),
    "pick takes one of an array": (":put [:pick {5;6;7} 1]", "6"),
    "pick beyond the end is nothing": (":put [:typeof [:pick {5} 3]]", "nothing"),
    "len of a text": (':put [:len "abc"]', "3"),
    "len of an array": (":put [:len {1;2}]", "2"),
    "len of nothing found": (':put [:len [/ip address find comment="no"]]', "0"),
    "find gives a position": (':put [:find "hello" "l"]', "2"),
    "typeof a number": (":put [:typeof 5]", "num"),
    "typeof an address": (":put [:typeof 10.0.0.1]", "ip"),
    "typeof a time": (":put [:typeof 10s]", "time"),
    "typeof an internal id": (":put [:typeof [:pick [/interface list find] 0]]", "id"),
    "tonum reads a number": (':put ([:tonum "5"] + 1)', "6"),
    "tostr makes text": (":put [:typeof [:tostr 5]]", "str"),
    "times print as a clock": (":put 1h5s", "01:00:05"),
    "weeks stay weeks": (":put 8d", "1w1d00:00:00"),
    "if takes do": (":if (1 = 1) do={ :put yes }", "true"),
    "if takes else": (':if (1 = 2) do={ :put "a" } else={ :put "b" }', "b"),
    "foreach walks an array": (":foreach i in={1;2} do={ :put $i }", "1\n2"),
    "foreach walks nothing": (":foreach i in=[/ip address find comment=no] do={ :put $i }", ""),
    "foreach has keys": (':foreach k,v in={"a"=1} do={ :put "$k-$v" }', "a-1"),
    "for counts": (":for i from=1 to=3 do={ :put $i }", "1\n2\n3"),
    "for counts down": (":for i from=3 to=1 step=-2 do={ :put $i }", "3\n1"),
    "while loops": (":local i 0; :while ($i < 2) do={ :put $i; :set i ($i + 1) }", "0\n1"),
    "do while loops": (":local i 0; :do { :set i ($i + 1) } while=($i < 5); :put $i", "5"),
    "on-error catches": (':do { :error "x" } on-error={ :put "caught" }', "caught"),
    "an empty on-error goes on": (':do { /ip address remove *99 } on-error={}; :put "on"', "on"),
    "onerror gives the words": (
        ":onerror e in={ /ip address add address=1.2.3.4/24 interface=nope } do={ :put $e }",
        "input does not match any value of interface (/ip/address/add; line 1)",
    ),
    "error ends the program": (':error "stop here"; :put 1', "stop here"),
    "functions take arguments": (":local f do={ :return ($1 + $x) }; :put [$f 3 x=4]", "7"),
    "globals outlive their block": (":global g 1; { :global g; :set g 2 }; :put $g", "2"),
    "locals end with their block": ("{ :local a 1 }; :put [:typeof $a]", "nothing"),
    "parse tells a good program": (':put [:parse ":put 1"]', "(evl :put 1)"),
    "parse tells a bad one": (
        ':put [:parse "nonsense"]',
        "(<% bad command name nonsense (line 1 column 1))",
    ),
    "serialize makes JSON": (
        ':put [:serialize to=json {"a"=1;"b"="x\\"y"}]',
        '{"a":1,"b":"x\\"y"}',
    ),
    "deserialize reads JSON": (':put ([:deserialize from=json "{\\"a\\":5}"]->"a")', "5"),
    "an unclosed bracket is said": (
        "/ip address remove [find",
        "expected closing bracket (line 1 column 21)",
    ),
    "an unknown menu is said": ("/ip nowhere print", "bad command name nowhere (line 1 column 5)"),
    "a menu without command is no error": ("/ip address", ""),
    "an empty value is said": (
        "/ip address add address=",
        "expected end of command (line 1 column 24)",
    ),
    "an unknown argument is said": (
        "/ip address add nonsense=1",
        "bad parameter nonsense (line 1 column 17)",
    ),
    "a unique beginning is enough": ("/sys ident pr", "  name: MikroTik"),
    "paths may have slashes": ("/system/identity/print", "  name: MikroTik"),
    "detail is refused by settings": (
        "/system identity print detail",
        "bad parameter detail (line 1 column 24)",
    ),
    "nothing is declared by set": (
        ":set nobody 1",
        "syntax error: variable nobody is not declared",
    ),
    "execute as-string waits": (':put [:execute script=":put 5" as-string]', "5"),
    "execute gives the id of a job": (':put [:typeof [:execute script=":delay 1s"]]', "id"),
    "a comment line is passed over": ("# nothing\n:put 1", "1"),
    "dividing by zero is an error": (":put (1 / 0)", "division by zero"),
}


@pytest.fixture
def device() -> LabDevice:
    return LabDevice(
        "bench", model="RB5009UG+S+IN", version="7.20.1", serial="HMM0BDDPJAM",
        ports=("ether1", "ether2", "ether3"),
    )  # fmt: skip


@pytest.mark.parametrize(("line", "printed"), CASES.values(), ids=CASES)
def test_console_prints(device: LabDevice, line: str, printed: str) -> None:
    assert device.execute(line).replace("\r\n", "\n").strip("\n") == printed


def test_a_property_hides_a_variable_of_its_name(device: LabDevice) -> None:
    device.import_script("/interface bridge add name=a\n/interface bridge add name=b\n")
    said = device.execute(':local name "a"; :put [:len [/interface bridge find where name=$name]]')
    assert said == "2\r\n", "the known trap: the property is compared with itself"


def test_an_unquoted_prefix_in_a_where_matches_nothing(device: LabDevice) -> None:
    device.import_script("/ip address add address=10.0.0.1/24 interface=ether1\n")
    assert device.execute(":put [:len [/ip address find address=10.0.0.1/24]]") == "0\r\n"
    assert device.execute(':put [:len [/ip address find address="10.0.0.1/24"]]') == "1\r\n"


def test_a_loop_without_end_is_stopped(device: LabDevice) -> None:
    device.execute(":while (true) do={ :local x 1 }")
    assert device.execute(":put 1") == "1\r\n"


def test_onerror_does_not_exist_before_7_13() -> None:
    old = LabDevice("old", model="CHR", version="7.12", serial="X", ports=("ether1",))
    assert "bad command name onerror" in old.execute(":onerror e in={ } do={ }")


def test_exec_lines_end_with_carriage_return_and_line_feed(device: LabDevice) -> None:
    assert device.execute(":put 1; :put 2") == "1\r\n2\r\n"
