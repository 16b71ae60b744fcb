#!/usr/bin/env bash
# Print the folder of a machine for the USB tests, with its kernel in build/linux; make it first where there is none.
# LAGER_USB_VM_BUNDLE names a prebuilt one (a tar.xz with build/linux and build/pkgs); else it is built, once, into
# ~/.cache/lager/usb-vm. What this machine lacks is installed by apt-get for root, and named for others.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lager/usb-vm
bundle=${LAGER_USB_VM_BUNDLE:-}

say() { printf 'test-usb: %s\n' "$*" >&2; }

# Give the packages for those commands (`command=package`) that this machine has not.
missing() {
    local one
    for one in "$@"; do
        command -v "${one%%=*}" >/dev/null || printf '%s ' "${one#*=}"
    done
}

# Have what is needed: `need COMMAND=PACKAGE...`; libusb, a library, is `lib`.
need() {
    local packages install
    packages=$(PATH=$PATH:/usr/sbin:/sbin missing "$@")
    if ! PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -q 'libusb-1\.0\.so\.0 '; then
        packages+="libusb-1.0-0 "
    fi
    [ -n "$packages" ] || return 0
    install="apt-get update -q && apt-get install -y -q --no-install-recommends ${packages% }"
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "this machine lacks ${packages% }. As root: $install"
        exit 1
    fi
    say "installing ${packages% }"
    if ! DEBIAN_FRONTEND=noninteractive sh -c "$install" >"$cache/apt.log" 2>&1; then
        tail -n 20 "$cache/apt.log" >&2
        say "apt-get could not install that; the lines above say why"
        exit 1
    fi
}

unpack() {
    if ! tar -xJf "$bundle" -C "$1" || ! [ -x "$1/build/linux" ] || ! [ -d "$1/build/pkgs" ]; then
        say "$bundle is no bundle: a tar.xz with build/linux and build/pkgs is wanted (LAGER_USB_VM_BUNDLE)"
        exit 1
    fi
}

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    say "the USB tests need Linux on x86_64 (User Mode Linux runs on nothing else); this is $(uname -sm)"
    exit 1
fi
if [ -n "$bundle" ] && ! [ -f "$bundle" ]; then
    say "there is no $bundle (LAGER_USB_VM_BUNDLE); name a bundle that is there, or unset it to have one built"
    exit 1
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { say "another make test-usb prepares the machine; waiting for it" && flock 9; }

need busybox=busybox-static modprobe=kmod xz=xz-utils
if [ -n "$bundle" ]; then
    vm=$cache/$(sha256sum "$bundle" | cut -c1-16)
else
    vm=$cache/$(cat "$here/kernel.config" "$here/build.sh" | sha256sum | cut -c1-16)
fi
if ! [ -d "$vm" ]; then
    draft=$(mktemp -d "$cache/draft.XXXXXX")
    trap 'rm -rf "$draft"' EXIT
    if [ -n "$bundle" ]; then
        unpack "$draft"
    else
        say "LAGER_USB_VM_BUNDLE names no prebuilt machine: building one in $cache, once, 3 to 10 minutes"
        need gcc=gcc make=make flex=flex bison=bison bc=bc perl=perl dpkg-deb=dpkg apt-get=apt
        bash "$here/build.sh" "$draft"
    fi
    mv "$draft" "$vm"
fi
if grep -qw amx_tile /proc/cpuinfo && [ "$vm/widestate.so" -ot "$here/widestate.c" ]; then
    need gcc="gcc libc6-dev"
    gcc -O2 -Wall -shared -fPIC -o "$vm/widestate.so.new" "$here/widestate.c" -ldl
    mv "$vm/widestate.so.new" "$vm/widestate.so"
fi
printf '%s\n' "$vm"
