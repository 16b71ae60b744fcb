#!/usr/bin/env bash
# Run a command as root in the machine of the USB tests, in this folder and with this PATH: `run.sh VM COMMAND...`, where
# VM is what provide.sh printed. In there everything of this machine can be read, and what is written is forgotten.
# Exits with the command's status; 125 if the machine failed. LAGER_USB_VM_TIMEOUT: when it is cut off, s (900).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
vm=$1
shift
memory=1024 # MiB
share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT

# Without randomness the kernel in there lets who asks for some wait for minutes.
head -c 256 /dev/urandom >"$share/seed"
{
    # In a chroot, which this is, udevadm does nothing otherwise, and says that all is well.
    printf 'export SYSTEMD_IGNORE_CHROOT=1\n'
    printf 'cd %q\nexport HOME=%q PATH=%q LAGER_USB_VM=1\n' "$PWD" "$HOME" "$PATH:/usr/sbin:/sbin"
    # 0x40085203: RNDADDENTROPY, of a struct of bits, bytes and the bytes themselves
    printf '%s\n' 'python3 -c "
import fcntl, struct
seed = open(\"/share/seed\", \"rb\").read()
fcntl.ioctl(open(\"/dev/urandom\", \"wb\"), 0x40085203, struct.pack(\"ii\", 8 * len(seed), len(seed)) + seed)" || exit'
    printf 'exec'
    printf ' %q' "$@"
    printf '\n'
} >"$share/command"

# Its memory is a file: where /dev/shm is smaller (a container's has 64 MB), on the disk.
if [ "$(df -m --output=avail /dev/shm 2>/dev/null | tail -n 1)" -lt "$memory" ] 2>/dev/null; then
    export TMPDIR=${TMPDIR:-/tmp}
fi
# Processors with AMX: `widestate.c` says why.
preload=
if grep -qw amx_tile /proc/cpuinfo; then preload=$vm/widestate.so; fi
LD_PRELOAD=$preload timeout -k 5 "${LAGER_USB_VM_TIMEOUT:-900}" "$vm/build/linux" mem="${memory}M" quiet panic=-1 \
    root=/dev/root rootfstype=hostfs rootflags=/ ro init="$here/init.sh" \
    LAGER_VM_PKGS="$vm/build/pkgs" LAGER_VM_SHARE="$share" \
    con=null con0=null,fd:2 console=stderr0 stderr=1 ssl=null ssl0=fd:0,fd:1 </dev/null 2>"$share/console"
ended=$?
if ! [ -f "$share/status" ]; then
    tail -n 20 "$share/console" >&2
    [ "$ended" = 124 ] && why="was cut off after ${LAGER_USB_VM_TIMEOUT:-900} s (LAGER_USB_VM_TIMEOUT)" || why="failed"
    printf 'test-usb: the machine %s; above is the end of its console\n' "$why" >&2
    exit 125
fi
exit "$(cat "$share/status")"
