SUMMARY = "Mail and collaboration server"
DESCRIPTION = "The supervisor and the mailbox daemon of Posthouse, with Postfix, OpenLDAP, MariaDB and scanners kept alive around them."
HOMEPAGE = "https://posthouse.invalid/"
BUGTRACKER = "https://posthouse.invalid/issues"
SECTION = "mail"
CVE_PRODUCT = "posthouse"
LICENSE = "AGPL-3.0-or-later"
LIC_FILES_CHKSUM = "file://LICENSE;md5=216109e2c1c3eaf57de2bfc18c11c9f8"
DEPENDS = "cmake-native"

# The web pages are built with npm, which has no place in a build without a network: the release's tarball has them.
SRC_URI = "https://posthouse.invalid/releases/posthouse-${PV}.tar.gz \
           file://yocto.conf \
           "
SRC_URI[sha256sum] = "0000000000000000000000000000000000000000000000000000000000000000"

require ${BPN}-crates.inc

inherit cargo cargo-update-recipe-crates systemd useradd

SYSTEMD_SERVICE:${PN} = "posthouse.service"
# Whoever makes an image decides whether it starts.
SYSTEMD_AUTO_ENABLE:${PN} = "disable"

USERADD_PACKAGES = "${PN}"
USERADD_PARAM:${PN} = "--system --user-group --no-create-home --home-dir /nonexistent --shell /sbin/nologin posthouse"

CARGO_BUILD_FLAGS += "--package posthouse --package mailboxd --package extractd --locked"

do_install() {
    # Each program finds the next one beside itself.
    install -d ${D}${libdir}/posthouse ${D}${bindir}
    install -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/posthouse ${D}${libdir}/posthouse/posthouse
    install -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/mailboxd ${D}${libdir}/posthouse/mailboxd
    install -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/extractd ${D}${libdir}/posthouse/extractd
    ln -s ../lib/posthouse/posthouse ${D}${bindir}/posthouse

    install -d ${D}${systemd_system_unitdir}/posthouse.service.d
    install -m 0644 ${S}/packaging/posthouse.service ${D}${systemd_system_unitdir}/posthouse.service
    install -m 0644 ${UNPACKDIR}/yocto.conf ${D}${systemd_system_unitdir}/posthouse.service.d/yocto.conf
}

FILES:${PN} += "${systemd_system_unitdir}"

RDEPENDS:${PN} = "ca-certificates curl iproute2 openssl-bin"
RRECOMMENDS:${PN} = "packagegroup-posthouse-components"

# A daemon has no use as a native tool.
BBCLASSEXTEND = ""
