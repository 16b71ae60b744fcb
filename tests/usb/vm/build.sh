#!/usr/bin/env bash
# Build the machine of the USB tests: `build.sh FOLDER` makes FOLDER/build/linux (a User Mode Linux kernel with USB) and
# FOLDER/build/pkgs (udev, libusb and the kernel's modules, laid over this machine's files in there).
# Everything comes from this machine's Debian or Ubuntu archive by apt-get; it takes 3 to 10 minutes on two cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/build"
build=$(cd "$1/build" && pwd)
work=$(mktemp -d "$build/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { printf 'test-usb: %s\n' "$*" >&2; }

# Run something that talks much, and show its end only if it fails.
quietly() {
    if ! "$@" >"$work/log" 2>&1; then
        tail -n 30 "$work/log" >&2
        say "this failed: $*"
        exit 1
    fi
}

kernel=$(LC_ALL=C apt-cache depends linux-source 2>/dev/null | sed -n 's/^  Depends: //p' | head -n 1)
if [ -z "$kernel" ]; then
    say "apt knows no package linux-source; as root: apt-get update"
    exit 1
fi
packages=(udev libusb-1.0-0)
if apt-cache show libsystemd-shared >/dev/null 2>&1; then # since Debian 13 udevd's own library is apart from it
    packages+=(libsystemd-shared)
fi

say "1/4 fetching $kernel ${packages[*]} (about 140 MB)"
mkdir "$work/debs" "$work/files" "$work/source"
(cd "$work/debs" && quietly apt-get download "$kernel" "${packages[@]}")

say "2/4 unpacking"
pkgs=$build/pkgs
rm -rf "$pkgs" && mkdir -p "$pkgs/usr"
for package in "${packages[@]}"; do
    dpkg-deb --extract "$work/debs/$package"_*.deb "$pkgs"
done
for top in bin sbin lib lib64; do # links into usr nowadays: a folder of that name would hide the link
    if [ -d "$pkgs/$top" ]; then
        mkdir -p "$pkgs/usr/$top"
        cp -a "$pkgs/$top/." "$pkgs/usr/$top/"
        rm -rf "${pkgs:?}/$top"
    fi
done
dpkg-deb --extract "$work/debs/$kernel"_*.deb "$work/files"
tar -xf "$(find "$work/files/usr/src" -name "$kernel.tar.*" -type f | head -n 1)" -C "$work/source" --strip-components=1

cd "$work/source"
quietly make ARCH=um KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig
refused=$(grep '^CONFIG.*=[^n]' "$here/kernel.config" | grep -vxFf .config || true)
if [ -n "$refused" ]; then
    say "$kernel does not take:" "$refused"
    exit 1
fi
say "3/4 compiling the kernel (the long part)"
quietly make ARCH=um -j"$(nproc)" linux
say "4/4 compiling its modules"
quietly make ARCH=um -j"$(nproc)" modules
quietly make ARCH=um INSTALL_MOD_PATH="$pkgs/usr" modules_install
find "$pkgs/usr/lib/modules" \( -name build -o -name source \) -type l -delete # into the source, which goes now
strip -o "$build/linux" linux
say "built in $build"
