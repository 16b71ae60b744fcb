"""`lager doctor` about a real box: from a laptop, on the box itself, and with what goes wrong on such machines."""

import re
import shlex

import pytest
from screens import plain

RULES, BLACKLIST = "/etc/udev/rules.d/60-lager-instruments.rules", "/etc/modprobe.d/blacklist-usbtmc.conf"


def of_the_box(screen):
    """Give what is said of the box: what is said of the laptop is another on each."""
    return plain(screen.partition("\n\n")[2])


def on_the_box(screen):
    return re.sub(r"/opt/lager/versions/\S+?/bin", "BIN", plain(screen))


class Done:
    """A command that was run on the box itself, past its sshd."""

    def __init__(self, box, who):
        said = box.run(f"su -s /bin/sh -l {who} -c {shlex.quote('NO_COLOR=1 lager doctor; echo $?')} 2>&1")
        *lines, status = said.splitlines()
        self.stdout, self.stderr, self.returncode = "\n".join(lines), "", int(status)


@pytest.fixture(autouse=True)
def nobody_reads_it(laptop):
    (laptop.folder / ".lager").chmod(0o600)


@pytest.fixture
def put_back(box):
    """Put back what a test has changed on the box."""
    yield
    box.run(
        f"cp /root/rules {RULES}; cp /root/blacklist {BLACKLIST}; rm -f /root/rules /root/blacklist; "
        "systemctl -q enable lager-box; systemctl start lager-box"
    )


def test_a_box_that_is_well(box, laptop, seen):
    seen("doctor", laptop.lager("doctor", "--box", "bench"), of_the_box)


def test_on_the_box_itself(box, seen):
    seen("doctor-on-the-box", Done(box, "root"), on_the_box)
    seen("doctor-on-the-box-as-guest", Done(box, "guest"), on_the_box)


def test_a_box_whose_files_were_changed_and_that_was_stopped(box, laptop, seen, put_back):
    box.run(
        f"cp {RULES} /root/rules; cp {BLACKLIST} /root/blacklist; echo '# mine' >>{RULES}; rm {BLACKLIST}; "
        "systemctl -q disable lager-box"
    )
    seen("doctor-changed", laptop.lager("doctor", "--box", "bench"), of_the_box)
    box.run("systemctl stop lager-box")
    seen("doctor-stopped", laptop.lager("doctor", "--box", "bench"), of_the_box)
    seen("doctor-stopped-on-the-box", Done(box, "root"), on_the_box)
