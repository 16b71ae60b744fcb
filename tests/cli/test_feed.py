"""Hearing of runs: in order, from several boxes at once, over broken connections, and not for ever from a dead box."""

import contextlib
import select
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from scripted import playing
from test_listing import ONE, TWO, run

from lager import errors, wire
from lager_cli.runs.feed import Feed
from lager_cli.runs.places import Place
from lager_cli.selection import Box


def place(port, name="b"):
    return Place(name, Box(name, "127.0.0.1", port, "tok"))


@contextlib.contextmanager
def listening(*places, whereabouts=lambda box: box):
    feed = Feed(places, whereabouts)
    try:
        yield feed
    finally:
        feed.close()
        for thread in [one for one in threading.enumerate() if one.name.startswith("runs of ")]:
            thread.join(20)
            assert not thread.is_alive(), f"{thread.name}: it goes on when nobody listens any more"


def until(feed, enough):
    """Take what comes until it is enough; give it."""
    found = []
    while not enough(found):
        assert select.select([feed], [], [], 20)[0]
        found += feed.take()
    return found


def test_lists_come_in_order_and_go_on_after_a_broken_connection():
    paths = []

    def first(scene):
        paths.append(scene.path)
        scene.say(wire.RunList([run()]), wire.RunList([]))

    def second(scene):
        scene.say(wire.RunList([run(id=TWO)]))
        scene.rest(wire.RunList)

    with playing(first, second) as port, listening(place(port)) as feed:
        news = until(feed, lambda found: found and found[-1].runs and found[-1].runs[0].id == TWO)
    assert [one.runs and one.runs[0].id for one in news if one.runs is not None] == [ONE, [], TWO]
    (lost,) = [one for one in news if one.runs is None]
    assert (lost.error.what, lost.final) == (f"the box b at 127.0.0.1:{port} has ended the connection", False)
    assert paths == ["/runs/watch"]


def test_a_box_that_has_moved_is_found_again():
    def scene(scene):
        scene.say(wire.RunList([run()]))
        scene.rest(wire.RunList)

    with playing() as gone:
        pass
    with playing(scene) as port, listening(place(gone), whereabouts=lambda _: place(port).box) as feed:
        news = until(feed, lambda found: found and found[-1].runs)
    assert isinstance(news[0].error, errors.ServiceUnreachable)


def test_a_box_that_refuses_is_heard_of_no_more():
    def refuse(_):
        raise errors.TokenRefused("the token is wrong", "take the right one")

    with playing() as gone:
        pass
    with listening(place(gone), whereabouts=refuse) as feed:
        news = until(feed, lambda found: found and found[-1].final)
    assert news[-1].error.what == "the token is wrong"


def test_a_box_without_an_address_says_so_at_once_and_the_others_are_heard():
    unknown = Place("x", error=errors.TokenRefused("the token of box x is not known here", "add it"))
    talked = threading.Event()

    def scene(scene):
        scene.say(wire.RunList([run()]))
        talked.set()
        scene.rest(wire.RunList)

    with playing(scene) as port, listening(unknown, place(port)) as feed:
        news = until(feed, lambda found: len(found) >= 2)
        assert talked.wait(20)
    assert {(one.place.name, one.final) for one in news} == {("x", True), ("b", False)}
