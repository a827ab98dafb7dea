"""``history``: which reads make versions, and what is shown of them."""

from __future__ import annotations

HOST = "lurah-dua-rtr1"


def versions(desk) -> list[dict[str, str]]:
    return desk.run("history", HOST, "--json").json["versions"]


def test_a_deployment_keeps_the_state_before_and_the_state_after(desk) -> None:
    run = desk.run("deploy", "--host", HOST, "--yes", "--json").json["run_id"]
    after, before = versions(desk)
    assert (after["run"], after["cause"], after["operator"]) == (run, "deploy", "tester")
    assert before["cause"] == "plan"
    told = desk.run("history", HOST, before["revision"], after["revision"]).out
    assert "\n+" in told
    assert "hunter22" not in told


def test_a_plan_keeps_what_it_was_made_from(desk) -> None:
    desk.run("plan", "--host", HOST)
    (only,) = versions(desk)
    assert (only["cause"], only["message"][:9]) == ("plan", "read for ")


def test_a_saved_plan_does_not_put_an_older_state_on_top(desk, tmp_path) -> None:
    saved = str(tmp_path / "p.plan")
    desk.run("plan", "--host", HOST, "--out", saved)
    desk.place.devices[HOST].text += "\nby-hand"
    desk.run("audit", "--host", HOST)
    assert desk.run("deploy", "--plan", saved, "--yes").code == 4  # stale
    assert [version["cause"] for version in versions(desk)] == ["audit", "plan"]


def test_a_device_that_moves_between_audits_has_a_version_for_each_move(desk) -> None:
    for _ in range(2):
        desk.run("audit", "--host", HOST)
        desk.place.devices[HOST].text += "\nmore"
    assert [version["cause"] for version in versions(desk)] == ["audit", "audit"]


def test_a_revision_and_a_difference_can_be_had_as_json(desk) -> None:
    desk.run("deploy", "--host", HOST, "--yes")
    after, before = (version["revision"] for version in versions(desk))
    assert "alpha" in desk.run("history", HOST, after, "--json").json["text"]
    document = desk.run("history", HOST, before, after, "--json").json
    assert set(document) == {"host", "from", "to", "diff"}
    assert desk.run("history", HOST, after, after).out == "no difference\n"


def test_a_device_that_was_never_read_says_how_to_read_it(desk) -> None:
    answer = desk.run("history", HOST)
    assert (answer.code, f"audit --host {HOST}" in answer.out) == (0, True)


def test_an_unknown_device_and_three_revisions_are_wrong_usage(desk) -> None:
    assert desk.run("history", "nowhere").code == 2
    assert desk.run("history", HOST, "a1b2", "a1b2", "a1b2").code == 2


def test_an_archive_that_can_not_be_written_fails_no_audit(desk) -> None:
    desk.run("deploy", "--host", HOST, "--yes")
    desk.project.archive_path.rename(desk.project.archive_path.with_name("away"))
    desk.project.archive_path.write_text("in the way")
    answer = desk.run("audit", "--host", HOST)
    assert answer.code == 0
    assert "the archive was not updated" in answer.err
