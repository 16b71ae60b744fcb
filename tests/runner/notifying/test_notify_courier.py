"""One target's thread, against real servers. Its clock makes every wait be over at once."""

import itertools

import pytest
from letterbox import Receiver

from lager_runner.notifying import notices
from lager_runner.notifying.courier import Courier
from lager_runner.notifying.outbox import Outbox
from lager_runner.notifying.targets import Target


def notice(name):
    return notices.of_test(0.0, name)


def courier(target, wanted=lambda: True, outbox=None, step=1000.0):
    ticks = itertools.count(0.0, step)
    return Courier(target, wanted, outbox, lambda: next(ticks), lambda: 0.5)


def end(*couriers, within=60.0):
    for one in couriers:
        one.close()
        one.join(within)


def test_in_order_and_each_as_often_as_it_takes(caplog):
    with Receiver(503, 204, 429, 500, 200) as receiver:
        one = courier(Target(webhook=receiver.url))
        for name in "abc":
            one.post(notice(name))
        got = [receiver.next()[2] for _ in range(6)]
        end(one)
    assert [body["host"] for body in got] == ["a", "a", "b", "b", "b", "c"]
    assert len({body["id"] for body in got}) == 3  # the same each time it is sent
    assert [body["missed"] for body in got] == [0] * 6
    assert caplog.text == ""


def test_what_is_given_up_is_logged_without_the_url_and_counted(caplog):
    with Receiver(*[500] * 5, 404) as receiver:
        one = courier(Target(webhook=receiver.url))
        for name in "abc":
            one.post(notice(name))
        got = [receiver.next()[2] for _ in range(7)]
        end(one)
    assert [(body["host"], body["missed"]) for body in got] == [*[("a", 0)] * 5, ("b", 1), ("c", 2)]
    first, second = [record.getMessage() for record in caplog.records]
    assert first.startswith(f"webhook http://127.0.0.1:{receiver.port}/…: 'test'")
    assert first.endswith("did not get through (5 attempts): HTTP status 500")
    assert second.endswith("did not get through: HTTP status 404")
    assert "s3cret" not in caplog.text


def test_a_command_that_fails_is_not_run_again(tmp_path, mailbox, caplog):
    one = courier(Target(command=f"{mailbox.command}; echo no; exit 7", folder=str(tmp_path)))
    for name in "ab":
        one.post(notice(name))
    assert [(body["host"], body["missed"]) for body in (mailbox.next(), mailbox.next())] == [("a", 0), ("b", 1)]
    end(one)
    assert mailbox.empty()
    assert [record.getMessage() for record in caplog.records] == [
        "command cat…: 'test' of  did not get through: status 7: no"
    ] * 2


def test_a_target_that_is_not_wanted_any_more_is_left_alone():
    with Receiver() as receiver:
        wanted = iter([True, False, True])
        one = courier(Target(webhook=receiver.url), lambda: next(wanted))
        one.post(notice("a"))
        assert receiver.next()[2]["host"] == "a"
        one.post(notice("b"))
        end(one)
        assert receiver.got.empty()


def test_at_the_end_what_waits_is_sent_and_nothing_tried_again(caplog):
    with Receiver(500) as receiver:
        one = courier(Target(webhook=receiver.url), step=0.0)  # a clock that stands still: its waits are never over
        one.post(notice("a"))
        receiver.next()
        one.post(notice("b"))
        end(one)
        assert receiver.got.empty()
    assert caplog.records[-1].getMessage().endswith("2 notifications dropped, because the box ends")


@pytest.mark.parametrize("waiting", [0, 2])
def test_the_end_waits_for_nobody(tmp_path, mailbox, caplog, waiting):
    one = courier(Target(command=f"{mailbox.command}; exec sleep 60", folder=str(tmp_path)))
    one.post(notice("a"))
    mailbox.next()
    for _ in range(waiting):
        one.post(notice("b"))
    end(one, within=0.05)
    assert caplog.records[0].getMessage().startswith("command cat…: ")
    assert f"{waiting + 1} notifications dropped" in caplog.text
    one._thread.join(20)
    assert not one._thread.is_alive()


def test_a_full_outbox_never_holds_up_who_posts():
    with Receiver(500) as receiver:
        outbox = Outbox(capacity=3)
        one = courier(Target(webhook=receiver.url), outbox=outbox, step=0.0)
        one.post(notice("first"))
        receiver.next()
        for number in range(500):
            one.post(notice(str(number)))
        assert len(outbox) == 4
        end(one)
