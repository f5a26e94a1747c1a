#!/bin/busybox sh
# shellcheck shell=dash
# The first program of the virtual machine: mounts, modules, udev, and then a shell for the tests on the second serial port.

/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin HOME=/run/home
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mkdir -p /run/home /run/udev
while read -r module; do insmod "/modules/$module.ko" || echo "insmod $module failed"; done </modules/at-boot
# A real key is left alone for a second before it is asked what is on it; nothing here is gained by that.
echo 0 >/sys/module/usb_storage/parameters/delay_use
/lib/systemd/systemd-udevd --daemon

# Opened once and made raw before the tests are told: what they send before that would be lost or altered.
exec 3<>/dev/ttyS1
stty raw -echo <&3
echo ready >&3
# A session of its own, or a Ctrl-C in what is sent would reach it. And no children but those that it waits for: busybox
# forgets the part of a line that it has read when another one ends. Those of others become children of this program.
# shellcheck disable=SC2016  # what it reads is expanded there
setsid sh -c 'while read -r line <&3; do eval "$line" </dev/null 3<&-; code=$?; done' >&3 2>&3 &
while true; do sleep 1; done
