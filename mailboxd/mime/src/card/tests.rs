// SPDX-License-Identifier: AGPL-3.0-or-later
use super::*;

fn attrs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_vcard_of_each_version() {
    let old = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;Ann=\r\n a\r\nTEL;HOME;FAX:1\r\nEND:VCARD\r\n";
    assert_eq!(read_vcards(old)[0].attrs, attrs(&[("lastName", "Müller"), ("firstName", "Ann a"), ("homeFax", "1")]));
    let new = "begin:vcard\nVERSION:4.0\nFN:Ann Other\nitem1.EMAIL;TYPE=work:a@x\nEMAIL:b@x\nTEL;TYPE=cell;VALUE=uri:tel:+49\n\
        ADR;TYPE=\"work\":;;1 Road\\, left;Town;;12;Land\nORG:Acme;Sales\nBDAY:19790203\nCATEGORIES:a,b\\,c\n\
        NOTE:one\\n\n two\nPHOTO:data:image/png;base64,AQID\nX-UNKNOWN:x\nend:vcard\n";
    let card = &read_vcards(new)[0];
    assert_eq!(
        card.attrs,
        attrs(&[
            ("fullName", "Ann Other"),
            ("email", "a@x"),
            ("email2", "b@x"),
            ("mobilePhone", "+49"),
            ("workStreet", "1 Road, left"),
            ("workCity", "Town"),
            ("workPostalCode", "12"),
            ("workCountry", "Land"),
            ("company", "Acme"),
            ("department", "Sales"),
            ("birthday", "1979-02-03"),
            ("notes", "one\ntwo"),
        ])
    );
    assert_eq!(card.photo, Some(("image/png".into(), vec![1, 2, 3])));
    assert_eq!(card.categories, ["a", "b,c"]);
}

#[test]
fn what_is_written_is_read_again() {
    let card = Card {
        attrs: attrs(&[
            ("lastName", "O;ther, Jr\\"),
            ("firstName", "Änn"),
            (
                "nickname",
                "an extremely long nickname that has to be folded over more than one line of content ünd so on",
            ),
            ("notes", "two\nlines"),
            ("company", "Acme"),
            ("homeStreet", "1 Road"),
            ("homeCity", "Town"),
            ("email", "a@x"),
            ("email2", "b@x"),
            ("workPhone", "1"),
            ("workPhone2", "2"),
        ]),
        photo: Some(("image/jpeg".into(), (0..=255).collect())),
        categories: vec!["one".into(), "two".into()],
        ..Card::default()
    };
    let text = write_vcard(&card);
    assert!(text.lines().all(|line| line.len() <= 75));
    let mut back = read_vcards(&text).remove(0);
    back.attrs.retain(|(name, _)| name != "fullName");
    let mut wanted = card.clone();
    back.attrs.sort();
    wanted.attrs.sort();
    assert_eq!(back, wanted);
    assert_eq!(read_csv(&write_csv(&[Card { photo: None, ..card.clone() }])).unwrap()[0].attrs.len(), card.attrs.len());
}

#[test]
fn a_group() {
    let card = Card {
        attrs: attrs(&[("nickname", "team"), ("type", "group")]),
        members: vec!["a@x".into()],
        ..Card::default()
    };
    let back = read_vcards(&write_vcard(&card)).remove(0);
    assert_eq!((back.get("type"), back.members.as_slice()), ("group", &["a@x".to_owned()][..]));
}

#[test]
fn nested_broken_and_empty_cards() {
    let text = "BEGIN:VCARD\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Other\nEND:VCARD\nno colon\n:\nEND:VCARD\nBEGIN:VCARD\nEND:VCARD\nBEGIN:VCARD\nFN:cut";
    let cards = read_vcards(text);
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].get("fullName"), "Boss");
    assert!(read_vcards("").is_empty());
}

#[test]
fn csv_of_other_programs() {
    let text = "\u{feff}\"First Name\",\"Last Name\",\"E-mail Address\",\"Business Street\",\"Business Street 2\",\"Business Phone 2\",Categories,Own\r\n\
        Ann,\"O\"\"ther\",a@x,1 Road,left,7,\"a;b\",mine\r\n\r\n,,,,,,,\r\n";
    let cards = read_csv(text).unwrap();
    assert_eq!(cards.len(), 1);
    assert_eq!(
        cards[0].attrs,
        attrs(&[
            ("firstName", "Ann"),
            ("lastName", "O\"ther"),
            ("email", "a@x"),
            ("workStreet", "1 Road\nleft"),
            ("workPhone2", "7"),
            ("Own", "mine"),
        ])
    );
    assert_eq!(cards[0].categories, ["a", "b"]);
    assert_eq!(read_csv("firstName;lastName\nAnn;Other\n").unwrap()[0].get("lastName"), "Other");
}

#[test]
fn csv_that_is_none() {
    assert_eq!(read_csv("").unwrap_err(), CsvError::NoNames);
    assert_eq!(read_csv("\"a\",\"b").unwrap_err(), CsvError::Open);
    assert_eq!(read_csv("\"a\"x,b\n").unwrap_err(), CsvError::Quote(1));
    assert_eq!(read_csv(" , , \n1,2,3\n").unwrap_err(), CsvError::NoField);
    assert_eq!(read_csv("a,b\n").unwrap(), []);
}
