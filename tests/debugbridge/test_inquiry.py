"""Who answers, and who is silent: with the time handed in."""

from lager_debugbridge.inquiry import ASK_SECONDS, SILENT_SECONDS, Heartbeat, Inquiry


def test_a_script_that_answers_is_never_called_silent():
    inquiry = Inquiry()
    for second in range(100):
        number = inquiry.ask(second)
        assert number is not None
        assert inquiry.ask(second) is None  # it was asked already
        assert not inquiry.hear(number, second + 0.1)
        assert inquiry.silence(second + 100) is None
        assert inquiry.due() == second + 0.1 + ASK_SECONDS


def test_a_script_that_does_not_answer_is_called_silent_again_and_again():
    inquiry = Inquiry()
    inquiry.ask(10.0)
    assert inquiry.silence(10.0 + SILENT_SECONDS - 0.1) is None
    assert inquiry.silence(inquiry.due()) == SILENT_SECONDS
    assert inquiry.silence(10.0 + SILENT_SECONDS + 0.1) is None  # that was said
    assert inquiry.silence(inquiry.due()) == 2 * SILENT_SECONDS
    assert not inquiry.hear(7, 20.0)  # to something else
    assert inquiry.open
    assert inquiry.hear(1, 20.0)  # which is to be said, too
    assert not inquiry.hear(1, 20.0)
    assert not inquiry.open
    assert inquiry.ask(30.0) == 2
    assert inquiry.due() == 30.0 + SILENT_SECONDS


def test_a_client_is_asked_and_then_gone():
    heart = Heartbeat(100.0, ask=5.0, silent=15.0)
    assert heart.due() == 105.0
    assert heart.ask(104.9) is None
    assert heart.ask(105.0) == 1
    assert heart.ask(105.0) is None
    assert heart.due() == 110.0
    assert heart.ask(110.0) == 2
    assert heart.due() == 115.0
    assert not heart.gone(114.9)
    assert heart.gone(115.0)


def test_a_word_of_a_client_counts():
    heart = Heartbeat(0.0, ask=5.0, silent=15.0)
    heart.ask(5.0)
    heart.hear(6.0)
    assert heart.due() == 11.0
    assert not heart.gone(20.9)
    assert heart.gone(21.0)
