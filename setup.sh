#!/bin/sh
# Make a virtual environment with Lager in it: `sh setup.sh [FOLDER] [EXTRAS]` (.venv; none, or '[dev]' for the tests).
# PYTHON names the Python to use.
# Debian ships python3 without the venv module's parts: as root they are installed, for others the command is printed.
set -eu
venv=${1:-.venv}
extras=${2:-}
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "no $python on this machine; as root: apt-get install -y python3 python3-venv"
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    say "$("$python" --version) is too old; Lager needs 3.10 or newer. Name another: make PYTHON=python3.11 ..."
    exit 1
fi

complete() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
if ! complete; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    install="apt-get update -q && apt-get install -y -q --no-install-recommends python$version-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing python$version-venv"
        said=$(DEBIAN_FRONTEND=noninteractive sh -c "$install" 2>&1) || printf '%s\n' "$said" | tail -n 20 >&2
    fi
    if ! complete; then
        say "$python cannot make virtual environments. As root: $install"
        exit 1
    fi
fi

if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    say "making a virtual environment in $venv"
    "$python" -m venv --clear "$venv"
fi
say "installing Lager and what it needs into $venv (about half a minute the first time)"
log=$venv/setup.log
if ! "$venv/bin/python" -m pip install --disable-pip-version-check --quiet --editable ".$extras" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "pip could not install it; the lines above say why, all of it is in $log"
    exit 1
fi
