"""A script that was run on a box has left traps in its data: root, who looks after the box, walks into none of them."""

import pytest

TRAPS = """
cd /var/lib/lager
mv token token.old; ln -s /etc/shadow token
mv saved_nets.json nets.old; ln -s /etc/shadow saved_nets.json
mv tls.pem tls.old; printf -- '-----BEGIN CERTIFICATE-----!!-----END CERTIFICATE-----' >tls.pem
ln -s /etc runs/etc; ln -s /root root
"""
GUARDED = "stat -c '%a %U %n' /etc/shadow /root /etc; ls /root; grep ^root: /etc/shadow"


@pytest.fixture(scope="module")
def trapped(box):
    """A box with traps, and what root's files were like before."""
    box.run("mkdir /opt/lager/mine; echo mine >/opt/lager/mine/note; echo mine >/etc/modprobe.d/mine.conf")
    box.run("systemctl stop lager-box")
    box.run(f"setpriv --reuid lager --regid lager --clear-groups sh -ec '{TRAPS.replace(chr(39), chr(34))}'")
    return box


def test_what_root_may_read_is_told_to_nobody(trapped, laptop):
    box, secret = trapped, trapped.run("grep ^root: /etc/shadow").strip()
    guarded = box.run(GUARDED)
    done = laptop.lager("install", "--ip", box.address, "--user", "root", "--box", "bench", "--json")
    assert done.returncode == 1, done.stderr
    assert secret not in done.stdout + done.stderr + (laptop.folder / ".lager").read_text()
    assert secret not in box.run("lager doctor 2>&1 || true")
    assert box.run(GUARDED) == guarded


def test_nobody_s_files_are_removed_with_the_data(trapped, laptop):
    box, guarded = trapped, trapped.run(GUARDED)
    done = laptop.lager("uninstall", "--box", "bench", "--yes", "--data")
    assert done.returncode == 0, done.stderr
    assert "Note: /opt/lager stays: there is something in it that is not of this box" in done.stderr
    assert box.run(GUARDED) == guarded
    assert box.run("cat /opt/lager/mine/note /etc/modprobe.d/mine.conf; ls /opt/lager") == "mine\nmine\nmine\n"
    assert box.run("ls -d /var/lib/lager* 2>/dev/null || true; ls /tmp | grep lager-setup || true") == ""


def test_a_place_that_others_may_change_is_refused(trapped, laptop):
    trapped.run("chown admin /opt/lager")
    done = laptop.lager("install", "--ip", trapped.address, "--user", "root", "--box", "bench")
    assert done.returncode == 1
    assert "others than root can change what is in /opt/lager, and root would run what is put there" in done.stderr
