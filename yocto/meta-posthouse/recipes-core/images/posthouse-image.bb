SUMMARY = "A mail and collaboration server as a disk that boots"
DESCRIPTION = "Posthouse and what it runs, with the disk layout of the Debian image: two slots, a data and a store volume."
HOMEPAGE = "https://posthouse.invalid/"
BUGTRACKER = "https://posthouse.invalid/issues"
SECTION = "mail"
CVE_PRODUCT = "posthouse"
LICENSE = "AGPL-3.0-or-later"

IMAGE_INSTALL = "\
    packagegroup-core-boot \
    e2fsprogs \
    nftables \
    posthouse \
    tzdata \
"

IMAGE_FEATURES += "read-only-rootfs"
IMAGE_FSTYPES = "wic.zst wic.bmap"
WKS_FILE = "posthouse.wks"

inherit core-image

# /etc begins anew with each start; what stays is on the data volume.
inherit overlayfs-etc
OVERLAYFS_ETC_MOUNT_POINT = "${servicedir}/posthouse"
OVERLAYFS_ETC_DEVICE = "/dev/disk/by-partlabel/ph-data"
OVERLAYFS_ETC_FSTYPE = "ext4"
