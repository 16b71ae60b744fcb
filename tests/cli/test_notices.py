"""What is said on the side while a statement runs."""

from lager_cli.console import notices
from lager_cli.console.notices import Notices


def test_nothing_is_said_of_a_statement_that_just_runs():
    assert Notices().due(1000.0) == ""


def test_a_blip_of_the_link_is_not_spoken_of():
    said = Notices()
    said.link(10.0)
    assert said.due(10.5) == ""
    said.link(None)
    assert said.due(10.6) == ""


def test_a_lost_link_is_said_once_and_so_is_its_return():
    said = Notices()
    said.link(10.0)
    assert [said.due(11.0), said.due(12.0)] == [notices.LOST, ""]
    said.link(None)
    assert [said.due(13.0), said.due(14.0)] == [notices.BACK, ""]


def test_ctrl_c_again_detaches_after_the_script_has_said_so():
    said = Notices()
    assert not said.interrupt(10.0)
    assert not said.interrupt(10.3)
    said.hear(1, 11.0)
    said.hear(2, 11.0)
    assert said.interrupt(11.2)


def test_what_comes_right_after_ctrl_c_is_not_what_offers_to_detach():
    said = Notices()
    said.interrupt(10.0)
    said.hear(2, 10.1)
    assert not said.interrupt(10.4)


def test_ctrl_c_again_detaches_where_nobody_says_anything():
    said = Notices()
    said.interrupt(10.0)
    assert said.due(12.0) == ""
    assert [said.due(13.0), said.due(14.0)] == [notices.STUCK, ""]
    assert said.interrupt(14.0)


def test_ctrl_c_without_a_connection():
    said = Notices()
    said.link(10.0)
    said.due(11.0)
    assert not said.interrupt(12.0)
    assert said.due(12.0) == notices.AWAY
    assert said.interrupt(12.1)


def test_a_script_that_holds_the_interpreter():
    said = Notices()
    assert "for 2 s" in said.silent(2.0)
    assert "Ctrl-C, twice, detaches" in Notices().silent(2.0)
    assert said.silent(4.0) == ""
    assert "for 17 s" in said.silent(17.0)
    assert not said.interrupt(20.0)
    assert said.due(20.0) == notices.STUCK
    assert said.interrupt(20.1)


def test_a_script_that_answers_again():
    said = Notices()
    assert (said.silent(0.0), said.answers()) == ("", "")
    said.silent(2.0)
    assert [said.silent(0.0), said.answers()] == [notices.ANSWERS, ""]
    assert "for 2 s" in said.silent(2.0)  # a new silence is said at once
    assert said.answers() == notices.ANSWERS
