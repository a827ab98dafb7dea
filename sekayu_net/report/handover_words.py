"""The words of the hand-over report: a formal document, Indonesian by nature.

All of them are here, and nothing else; their Indonesian form is in the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping

from sekayu_net.languages import said_with_fields, shown

WORDS: Mapping[str, str] = {
    "title": said_with_fields("Record of Hand-over"),
    "subject": said_with_fields("Installation of the Office Intranet"),
    "district": said_with_fields("Kecamatan {name}"),
    "phase": said_with_fields("Phase {number}"),
    "number": said_with_fields("Number"),
    "lab": said_with_fields("SAMPLE: simulated devices, not real ones"),
    "opening": said_with_fields(
        "On this day, …………………… the …………………… of …………………… in the year ……………………, the undersigned:"
    ),
    "first": said_with_fields("FIRST PARTY"),
    "second": said_with_fields("SECOND PARTY"),
    "name": said_with_fields("Name"),
    "employee": said_with_fields("Employee number"),
    "position": said_with_fields("Position"),
    "institution": said_with_fields("Institution"),
    "ict_office": said_with_fields("Office of Communication and Informatics"),
    "statement": said_with_fields(
        "The FIRST PARTY hands over to the SECOND PARTY, and the SECOND PARTY "
        "accepts from the FIRST PARTY, the network installed at {office} as "
        "described below."
    ),
    "summary": said_with_fields("Summary"),
    "office": said_with_fields("Office"),
    "code": said_with_fields("Area code"),
    "devices": said_with_fields("Devices"),
    "finished": said_with_fields("Finished"),
    "dates": said_with_fields("Date"),
    "installed": said_with_fields("Installed devices"),
    "device": said_with_fields("Device"),
    "role": said_with_fields("Kind"),
    "router": said_with_fields("Router"),
    "access_point": said_with_fields("Access point"),
    "model": said_with_fields("Model"),
    "serial": said_with_fields("Serial number"),
    "version": said_with_fields("Version"),
    "first_time": said_with_fields("First finished"),
    "last_time": said_with_fields("Last confirmed"),
    "exchanged": said_with_fields("Exchanged devices"),
    "day": said_with_fields("Day"),
    "taken_out": said_with_fields("Taken out"),
    "put_in": said_with_fields("Put in"),
    "by": said_with_fields("By"),
    "addresses": said_with_fields("Network addresses"),
    "interface": said_with_fields("Interface"),
    "address": said_with_fields("Address"),
    "use": said_with_fields("Purpose"),
    "wifi": said_with_fields("Wi-Fi networks"),
    "ssid": said_with_fields("SSID"),
    "no_passphrase": said_with_fields("Passphrases are not part of this document."),
    "no_wifi": said_with_fields("No Wi-Fi network was installed."),
    "checks": said_with_fields("Checks"),
    "check": said_with_fields("Check"),
    "result": said_with_fields("Result"),
    "passed": said_with_fields("Passed"),
    "excepted": said_with_fields("Failed before the work, not proven since: {devices}"),
    "fresh": said_with_fields("Reachable by a new connection"),
    "identity": said_with_fields("Identity (serial number, model, version) as in the inventory"),
    "read_back": said_with_fields("Configuration read back as planned"),
    "audit": said_with_fields("Last audit"),
    "not_audited": said_with_fields("not audited yet"),
    "clean": said_with_fields("as intended"),
    "drift": said_with_fields("changed outside of the plan"),
    "pending": said_with_fields("changes pending"),
    "drift+pending": said_with_fields("changed outside of the plan, and changes pending"),
    "unreachable": said_with_fields("unreachable"),
    "error": said_with_fields("not readable"),
    "left": said_with_fields("Not finished"),
    "left_text": said_with_fields(
        "The following devices are not finished and not part of this hand-over:"
    ),
    "closing": said_with_fields("This record was made truthfully, to be used as needed."),
    "witness": said_with_fields("Acknowledged by"),
    "source": said_with_fields("Source: the journal of sekayu-net, runs {runs}. Printed {time}."),
    "operator": said_with_fields("Carried out by"),
    "camat": said_with_fields("Camat's office"),
    "lurah": said_with_fields("Lurah's office"),
    "desa": said_with_fields("Desa office"),
    "head_camat": said_with_fields("Camat"),
    "head_lurah": said_with_fields("Lurah"),
    "head_desa": said_with_fields("Head of the desa"),
    "to": said_with_fields("to"),
    "use staff": said_with_fields("Office staff"),
    "use service": said_with_fields("Public service counters"),
    "use public": said_with_fields("Public Wi-Fi"),
    "use iot": said_with_fields("Cameras and sensors"),
    "use management": said_with_fields("Management of devices"),
    "use rescue": said_with_fields("Rescue port for a person on site"),
    "use uplink": said_with_fields("Uplink"),
    "use downlink": said_with_fields("Downlink"),
    "use tunnels": said_with_fields("Tunnels of offices on a provider's internet"),
    "use tunnel": said_with_fields("Tunnel over a provider's internet"),
    "check hub": said_with_fields("The district's hub router is reachable from the device"),
    "check controller": said_with_fields("The controller is reachable from the device"),
    "check ping": said_with_fields("The named address is reachable from the device"),
    "check default_route": said_with_fields("There is a default route"),
    "check ospf": said_with_fields("OSPF neighbours are up"),
    "check dns": said_with_fields("Names resolve (DNS)"),
    "check dhcp": said_with_fields("DHCP addresses are left"),
    "check radios": said_with_fields("Wi-Fi radios are on the air"),
    "check clock": said_with_fields("The clock is synchronised"),
    "check cpu": said_with_fields("Processor load is fair"),
    "check memory": said_with_fields("Memory use is fair"),
}


def words() -> Mapping[str, str]:
    """The words in the language spoken now. Fields stay in braces."""
    return {key: shown(text) for key, text in WORDS.items()}
