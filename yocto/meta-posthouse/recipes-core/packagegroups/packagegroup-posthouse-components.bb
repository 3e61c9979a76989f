SUMMARY = "What Posthouse's supervisor runs"
DESCRIPTION = "Postfix, OpenLDAP, MariaDB, SpamAssassin and ClamAV, of which Posthouse's supervisor makes a mail system."
HOMEPAGE = "https://posthouse.invalid/"
BUGTRACKER = "https://posthouse.invalid/issues"
SECTION = "mail"

inherit packagegroup

RDEPENDS:${PN} = "\
    clamav \
    mariadb-server \
    openldap-slapd \
    postfix \
    spamassassin \
"
