#!/bin/busybox sh
# shellcheck shell=dash
# disk-of SERIAL: waits until the key with this serial number has a disk, and prints its name. Asking keyferry over and over
# instead would keep the guest's one processor from getting there.

tries=500
until file=$(grep -lsxF "$1" /sys/block/sd*/device/../../../../serial); do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || exit 1
  usleep 10000
done
disk=${file#/sys/block/}
# What udev finds out about it, where there is one.
[ ! -e /run/udev/control ] || udevadm settle --timeout=5
echo "${disk%%/*}"
