// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everything out of one directory and into an empty one, of the same backend and of the other.

use crate::common::{World, attrs};
use ph_directory::{Directory, Exported, Kind};

crate::on_both! {
    everything_comes_back_in_an_empty_directory,
    an_account_is_made_like_another,
}

fn fill(f: &World) {
    let alice = f.alice();
    f.add_alias(&alice.id, "al@example.test").unwrap();
    f.create_domain("second.test", attrs(&[("zimbraPublicServiceHostname", "mail.second.test")])).unwrap();
    let cos = f.create(Kind::Cos, "staff", attrs(&[("zimbraMailQuota", "1000")])).unwrap();
    f.modify(Kind::Cos, "default", attrs(&[("zimbraMailQuota", "77")])).unwrap();
    f.modify_config(attrs(&[("zimbraMtaMaxMessageSize", "12345678")])).unwrap();
    f.create_account("bob@second.test", "hello-hello", attrs(&[("zimbraCOSId", &cos.id)])).unwrap();
    f.secret("token").unwrap();
}

fn comparable(directory: &Directory) -> Vec<Exported> {
    let mut all = directory.export().unwrap();
    // over LDAP the values of an attribute are a set
    all.iter_mut().for_each(|entry| entry.attrs.values_mut().for_each(|values| values.sort()));
    all.sort_by(|a, b| (&a.class, &a.id).cmp(&(&b.class, &b.id)));
    all
}

fn everything_comes_back_in_an_empty_directory(f: &World) {
    fill(f);
    let exported = f.export().unwrap();
    // as JSON, as a backup has it
    let exported: Vec<Exported> = serde_json::from_slice(&serde_json::to_vec(&exported).unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut others = vec![Directory::open(dir.path()).unwrap()];
    let slapd = f.slapd.as_ref().map(|_| crate::common::Slapd::start());
    others.extend(slapd.as_ref().map(|slapd| Directory::ldap(&slapd.at()).unwrap()));
    for other in others {
        let (count, problems) = other.import(&exported).unwrap();
        assert_eq!((count as usize, problems), (exported.len(), Vec::<String>::new()));
        assert_eq!(comparable(&other), comparable(f));
        assert_eq!(other.authenticate("al@example.test", "sesame").unwrap().name, "alice@example.test");
        assert_eq!(other.account("bob@second.test").unwrap().unwrap().quota(), 1000);
        assert_eq!(other.account("alice@example.test").unwrap().unwrap().quota(), 77);
        assert_eq!(other.secret("token").unwrap(), f.secret("token").unwrap(), "tokens that were given out stay good");
        // once more changes nothing
        other.import(&exported).unwrap();
        assert_eq!(other.accounts(None).unwrap().len(), 2);
    }
}

fn an_account_is_made_like_another(f: &World) {
    let alice = f.alice();
    f.modify_account(&alice.id, attrs(&[("displayName", "Alice"), ("zimbraIsAdminAccount", "TRUE")])).unwrap();
    f.add_alias(&alice.id, "al@example.test").unwrap();
    let like = f.export().unwrap().into_iter().find(|entry| entry.id == alice.id).unwrap();
    let twin = f.create_account_like(&like, "twin@example.test").unwrap();
    assert!(twin.id != alice.id && twin.aliases.is_empty() && !twin.is_admin);
    assert_eq!(twin.display_name(), Some("Alice"));
    assert_eq!(f.authenticate("twin@example.test", "sesame").unwrap().id, twin.id);
    assert_eq!(f.authenticate("al@example.test", "sesame").unwrap().id, alice.id);
    f.create_account_like(&like, "twin@example.test").unwrap_err();
}
