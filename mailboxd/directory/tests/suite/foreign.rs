// SPDX-License-Identifier: AGPL-3.0-or-later
//! Passwords and address list of a domain in a server laid out like Active Directory.

use crate::common::slapd::PASSWORD;
use crate::common::{Slapd, World, attrs};
use ph_directory::{Attrs, Error};

pub const ADMIN: &str = "cn=admin,dc=corp,dc=test";
pub const ENTRIES: &str = "dn: dc=corp,dc=test
objectClass: domain
dc: corp

dn: cn=Users,dc=corp,dc=test
objectClass: organizationalRole
cn: Users

dn: cn=Alice Smith,cn=Users,dc=corp,dc=test
objectClass: user
cn: Alice Smith
sn: Smith
displayName: Alice Smith
mail: alice@example.test
telephoneNumber: 555 1
userPrincipalName: alice@corp.test
sAMAccountName: alice
userPassword: windows

dn: cn=Zoe,cn=Users,dc=corp,dc=test
objectClass: user
cn: Zoe
sn: Zed
mail: Zoe@corp.test
sAMAccountName: zoe
userPassword: zulu

dn: cn=a*(b,cn=Users,dc=corp,dc=test
objectClass: user
cn: a*(b
sn: B
sAMAccountName: a*b
userPassword: star
";

fn corp() -> Slapd {
    let slapd = Slapd::with(include_str!("common/ad.conf"));
    slapd.add(ENTRIES, ADMIN);
    slapd
}

fn by_filter(world: &World, corp: &Slapd) {
    let domain = attrs(&[
        ("zimbraAuthMech", "ad"),
        ("zimbraAuthLdapURL", "ldapi://%2Fno%2Fsuch%2Fsocket"),
        ("zimbraAuthLdapURL", &corp.url()),
        ("zimbraAuthLdapSearchBase", "cn=Users,dc=corp,dc=test"),
        ("zimbraAuthLdapSearchFilter", "(&(objectClass=user)(sAMAccountName=%u))"),
        ("zimbraAuthLdapSearchBindDn", ADMIN),
        ("zimbraAuthLdapSearchBindPassword", PASSWORD),
    ]);
    world.modify_domain("example.test", domain).unwrap();
}

fn passwords_are_theirs(world: &World) {
    let mut corp = corp();
    world.alice();
    world.create_account("a*b@example.test", "", Attrs::new()).unwrap();
    world.create_account("nobody@example.test", "own", Attrs::new()).unwrap();
    by_filter(world, &corp);
    world.authenticate("alice", "windows").unwrap();
    world.authenticate("a*b@example.test", "star").unwrap();
    for (name, password) in
        [("alice", "sesame"), ("alice", ""), ("alice", "zulu"), ("nobody", "own"), ("a*b", "windows"), ("zoe", "zulu")]
    {
        let refused = world.authenticate(name, password);
        assert!(matches!(refused, Err(Error::AuthFailed)), "{name}: {refused:?}");
    }
    // Found twice is found by nobody.
    let twice = attrs(&[("zimbraAuthLdapSearchFilter", "(objectClass=user)")]);
    world.modify_domain("example.test", twice).unwrap();
    assert!(matches!(world.authenticate("alice", "windows"), Err(Error::AuthFailed)));
    // By a DN made of the name; then one that the account names.
    let template = attrs(&[
        ("zimbraAuthMech", "ldap"),
        ("zimbraAuthLdapSearchFilter", ""),
        ("zimbraAuthLdapBindDn", "cn=%u,cn=Users,dc=corp,dc=test"),
    ]);
    world.modify_domain("example.test", template).unwrap();
    assert!(matches!(world.authenticate("alice", "windows"), Err(Error::AuthFailed)));
    let alice = world.account("alice@example.test").unwrap().unwrap();
    let dn = attrs(&[("zimbraAuthLdapExternalDn", "cn=Alice Smith,cn=Users,dc=corp,dc=test")]);
    world.modify_account(&alice.id, dn).unwrap();
    world.authenticate("alice", "windows").unwrap();
    // A server that is away has not said no.
    corp.kill();
    assert!(matches!(world.authenticate("alice", "windows"), Err(Error::Unavailable(_))));
    world.modify_domain("example.test", attrs(&[("zimbraAuthFallbackToLocal", "TRUE")])).unwrap();
    world.authenticate("alice", "sesame").unwrap();
}

fn the_address_list_is_theirs_or_both(world: &World) {
    let corp = corp();
    world.create_account("alice@example.test", "", attrs(&[("displayName", "Alice here")])).unwrap();
    world.create_account("bob@example.test", "", Attrs::new()).unwrap();
    let domain = attrs(&[
        ("zimbraGalMode", "ldap"),
        ("zimbraGalLdapURL", &corp.url()),
        ("zimbraGalLdapSearchBase", "dc=corp,dc=test"),
        ("zimbraGalLdapBindDn", ADMIN),
        ("zimbraGalLdapBindPassword", PASSWORD),
    ]);
    world.modify_domain("example.test", domain).unwrap();
    let names = |text: &str| {
        world.search_gal("example.test", text).unwrap().entries.into_iter().map(|e| e.name).collect::<Vec<_>>()
    };
    assert_eq!(names("smith"), ["alice@example.test"]);
    assert_eq!(names(""), ["alice@example.test", "zoe@corp.test"]);
    assert!(names("a*(b").is_empty() && names("*").is_empty());
    world.modify_domain("example.test", attrs(&[("zimbraGalMode", "both")])).unwrap();
    assert_eq!(names(""), ["alice@example.test", "bob@example.test", "zoe@corp.test"]);
}

crate::on_both! {
    passwords_are_theirs,
    the_address_list_is_theirs_or_both,
}
