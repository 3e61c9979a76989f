// SPDX-License-Identifier: AGPL-3.0-or-later
use super::change::{Changes, apply_attrs};
use super::file_as;
use metadata::ContactDetail;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn filed(attrs: &[(&str, &str)]) -> String {
    file_as(&ContactDetail { attrs: pairs(attrs), ..ContactDetail::default() })
}

#[test]
fn what_a_contact_is_filed_as() {
    let ann = [("firstName", "Ann"), ("lastName", "Other"), ("company", "Acme")];
    for (how, expected) in [
        ("1", "Other, Ann"),
        ("2", "Ann Other"),
        ("3", "Acme"),
        ("4", "Other, Ann (Acme)"),
        ("5", "Ann Other (Acme)"),
        ("6", "Acme (Other, Ann)"),
        ("7", "Acme (Ann Other)"),
        ("8:The Boss", "The Boss"),
        ("8:", "Other, Ann"),
        ("nonsense", "Other, Ann"),
    ] {
        let mut attrs = ann.to_vec();
        attrs.push(("fileAs", how));
        assert_eq!(filed(&attrs), expected, "{how}");
    }
    assert_eq!(filed(&[("firstName", "Ann")]), "Ann");
    assert_eq!(filed(&[("email", "ann@example.org")]), "ann@example.org");
    assert_eq!(filed(&[("company", "Acme"), ("fileAs", "6")]), "Acme");
    assert_eq!(filed(&[("notes", "x")]), "");
}

#[test]
fn changes_of_attributes() {
    let mut attrs = pairs(&[("a", "1"), ("b", "2"), ("b", "3"), ("c", "4")]);
    let changes = Changes {
        set: pairs(&[("a", "x"), ("c", ""), ("n", "new"), ("n", "new too")]),
        add: pairs(&[("b", "9"), ("b", "2")]),
        remove: pairs(&[("b", "3")]),
        ..Changes::default()
    };
    apply_attrs(&mut attrs, &changes);
    assert_eq!(attrs, pairs(&[("a", "x"), ("b", "2"), ("n", "new"), ("n", "new too"), ("b", "9")]));
}
