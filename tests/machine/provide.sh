#!/usr/bin/env bash
# Print the folder of the machine that tests make boxes of: `root` is a Debian with systemd, sshd and Python in it, `key` opens
# it. Made once, into ~/.cache/lager/box-machine, in a minute or two; overlays of it are what boots. Needs root.
# What this machine lacks is installed by apt-get. LAGER_BOX_MACHINE_ROOT names a Debian root that is there already.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lager/box-machine
suite=bookworm
# What a fresh Debian server has; `python3-venv` and `pip` are left out, as it has none.
packages=systemd,systemd-sysv,libpam-systemd,dbus,udev,kmod,openssh-server,sudo,python3,iproute2,procps
here=$(cd "$(dirname "$0")" && pwd)

say() { printf 'test-box: %s\n' "$*" >&2; }

# Give the packages for those commands (`command=package`) that this machine has not.
missing() {
    local one
    for one in "$@"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${one%%=*}" >/dev/null || printf '%s ' "${one#*=}"
    done
}

# Have these commands.
need() {
    local lacking
    lacking=$(missing "$@")
    [ -n "$lacking" ] || return 0
    say "installing ${lacking% }"
    # shellcheck disable=SC2086  # words
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $lacking; } \
        >"$cache/apt.log" 2>&1; then
        tail -n 20 "$cache/apt.log" >&2
        say "apt-get could not install ${lacking% }; the lines above say why"
        exit 1
    fi
}

# Who can log in: root and `admin` (sudo asks for a password), `ops` (sudo does not ask), `guest` (no sudo).
people() {
    local root=$1 name
    for name in admin ops guest; do
        chroot "$root" useradd --create-home --shell /bin/bash "$name"
        printf '%s:bench-%s\n' "$name" "$name" | chroot "$root" chpasswd
        install -d -m 700 "$root/home/$name/.ssh"
        cp "$key.pub" "$root/home/$name/.ssh/authorized_keys"
        chroot "$root" chown -R "$name:$name" "/home/$name/.ssh"
    done
    install -d -m 700 "$root/root/.ssh"
    cp "$key.pub" "$root/root/.ssh/authorized_keys"
    printf 'admin ALL=(ALL:ALL) ALL\nops ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/people"
    chmod 440 "$root/etc/sudoers.d/people"
}

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "making a machine for tests needs root on a Debian: it is a system of its own, with its own network"
    exit 1
fi
mkdir -p "$cache"
machine=$cache/$({ cat "$here/provide.sh" && printf %s "${LAGER_BOX_MACHINE_ROOT:-}"; } | sha256sum | cut -c1-16)
tools="debootstrap=debootstrap systemd-nspawn=systemd-container ip=iproute2 nsenter=util-linux ssh=openssh-client"
# shellcheck disable=SC2086  # words
if [ -d "$machine" ] && [ -z "$(missing $tools)" ]; then
    printf '%s\n' "$machine"
    exit
fi
exec 9>"$cache/lock"
flock -n 9 || { say "another make test-box prepares the machine; waiting for it" && flock 9; }
# shellcheck disable=SC2086  # words
need $tools
if ! [ -d "$machine" ]; then
    draft=$(mktemp -d "$cache/draft.XXXXXX")
    trap 'rm -rf "$draft"' EXIT
    chmod 755 "$draft"
    key=$draft/key
    ssh-keygen -q -t ed25519 -N '' -C tests -f "$key"
    if [ -n "${LAGER_BOX_MACHINE_ROOT:-}" ]; then
        cp -a "$LAGER_BOX_MACHINE_ROOT" "$draft/root"
    else
        say "making a Debian to boot in $cache, once, 1 to 3 minutes"
        if ! debootstrap --variant=minbase --include="$packages" "$suite" "$draft/root" >"$cache/debootstrap.log" 2>&1; then
            tail -n 20 "$cache/debootstrap.log" >&2
            say "debootstrap could not make it; the lines above say why"
            exit 1
        fi
    fi
    rm -rf "$draft/root/var/cache/apt/archives" "$draft/root/var/lib/apt/lists"
    people "$draft/root"
    printf 'bench\n' >"$draft/root/etc/hostname"
    printf '127.0.0.1 localhost bench\n' >"$draft/root/etc/hosts"
    # A network that is there before it boots needs nobody to make it; no screen, no timers.
    chroot "$draft/root" systemctl -q mask systemd-networkd systemd-resolved console-getty apt-daily.timer \
        apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-timesyncd
    mv "$draft" "$machine"
fi
printf '%s\n' "$machine"
