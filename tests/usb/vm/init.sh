#!/bin/sh
# The first process of the machine: put its files together, run the command that run.sh has left in the share, power off.
# Its root: this machine's files, read-only; above them udev, libusb and the modules; above them memory, for what is
# written. LAGER_VM_PKGS and LAGER_VM_SHARE come from the kernel's command line.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t tmpfs none /mnt
cd /mnt || exit
mkdir below packages written work root
mount -t hostfs -o ro,/ none below
mount -t hostfs -o "ro,$LAGER_VM_PKGS" none packages
mount -t overlay -o lowerdir=packages:below,upperdir=written,workdir=work none root

cd root || exit
mkdir -p share run
mount -t hostfs -o "$LAGER_VM_SHARE" none share
mount -t proc none proc
mount -t sysfs none sys
mount -t devtmpfs none dev
mount -t tmpfs none run
mkdir -p dev/pts dev/shm run/lock
mount -t devpts none dev/pts
mount -t tmpfs none dev/shm
busybox ifconfig lo up
stty -F dev/ttyS0 raw -echo # as it is said, so it arrives

setsid chroot . /bin/bash /share/command </dev/null >dev/ttyS0 2>&1
echo $? >share/status
busybox poweroff -f
