#!/bin/busybox sh
# shellcheck shell=dash
# gadget NAME VENDOR_ID PRODUCT_ID SERIAL MAKER PRODUCT CONTROLLER IMAGE: makes a USB key out of a file, with whatever it
# is to say of itself, and plugs it into one of dummy_hcd's ports. A SERIAL of "-" is none at all.
# gadget NAME: pulls it out.

set -e
cd /sys/kernel/config/usb_gadget
if [ $# -eq 1 ]; then
  echo >"$1/UDC"
  exit
fi
mkdir "$1"
cd "$1"
echo "$2" >idVendor
echo "$3" >idProduct
mkdir strings/0x409 configs/c.1 functions/mass_storage.0
[ "$4" = - ] || printf %s "$4" >strings/0x409/serialnumber
printf %s "$5" >strings/0x409/manufacturer
printf %s "$6" >strings/0x409/product
echo 1 >functions/mass_storage.0/lun.0/removable
echo "$8" >functions/mass_storage.0/lun.0/file
ln -s functions/mass_storage.0 configs/c.1/
echo "$7" >UDC
