"""The machine that the other tests stand on is one: its system is up, and it knows no way out."""


def test_a_fresh_machine(fresh, laptop):
    assert fresh.run("systemctl is-system-running") == "running\n"
    assert fresh.run("ip -4 route show default") == ""
    assert fresh.run("ls /opt /usr/local/bin") == "/opt:\n\n/usr/local/bin:\n"
