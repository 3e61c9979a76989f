// SPDX-License-Identifier: AGPL-3.0-or-later
//! Records of the journal, as octets.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

#[path = "common/effects.rs"]
mod effects;

use mailbox::{
    Detail, Digest, Effect, Expiry, Flags, FolderDetail, Grant, GranteeKind, Item, ItemId, Kind, Lesson, MailboxId,
    ModSeq, Note, NoteName, Patch, Remote, Rights, Section, Uid,
};
use proptest::prelude::*;

#[test]
fn seeds_of_the_fuzz_target() {
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/effects")).unwrap() {
        effects::check(&std::fs::read(file.unwrap().path()).unwrap());
    }
}

/// Written once, by the first release that had this effect: it must be read, and written so, for ever.
#[test]
fn a_record_of_training() {
    let hex = format!("54000000 82 81 82 07 82 820881825820{}f5 820881825820{}f4 80", "11".repeat(32), "22".repeat(32));
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload = bytes::Bytes::from(digits.chunks(2).map(byte).collect::<Vec<u8>>());
    let (record, _) = mailbox::Record::decode(1, &payload).unwrap();
    let lesson = |byte, is_spam| Effect::Train(Lesson { digest: Digest([byte; 32]), is_spam });
    let section = Section { mailbox: MailboxId(7), effects: vec![lesson(0x11, true), lesson(0x22, false)] };
    assert_eq!(record, mailbox::Record { sections: vec![section], bodies: vec![] });
    assert_eq!(record.encode(vec![]).unwrap().concat(), payload);
}

/// The same of notes: scripts, and what scripts remember.
#[test]
fn a_record_of_notes() {
    let hex =
        "21000000 82 81 82 07 83 82 09 81 84 01 61 61 00 43 010203 82 0a 81 82 01 61 61 82 0b 81 82 03 19 03e8 80";
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload: Vec<u8> = digits.chunks(2).map(byte).collect();
    let name = String::from("a");
    let effects = vec![
        Effect::PutNote(Note { space: 1, name: name.clone(), expires_ms: 0, value: vec![1, 2, 3] }),
        Effect::RemoveNote(NoteName { space: 1, name }),
        Effect::ExpireNotes(Expiry { space: 3, until_ms: 1_000 }),
    ];
    let record = mailbox::Record { sections: vec![Section { mailbox: MailboxId(7), effects }], bodies: vec![] };
    let encoded = record.encode(vec![]).unwrap().concat();
    assert_eq!(encoded, payload, "{encoded:02x?}");
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(payload)).unwrap().0, record);
}

/// The same of what goes to the dumpster, and from it.
#[test]
fn a_record_of_the_dumpster() {
    let hex = "17000000 82 81 82 07 82 82 14 81 83 19 0101 19 03e8 05 82 15 81 19 0101 80";
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload: Vec<u8> = digits.chunks(2).map(byte).collect();
    let dumped = mailbox::Dumped { item: ItemId(257), deleted_ms: 1_000, modseq: ModSeq(5) };
    let effects = vec![Effect::Dump(dumped), Effect::Discard(ItemId(257))];
    let record = mailbox::Record { sections: vec![Section { mailbox: MailboxId(7), effects }], bodies: vec![] };
    let encoded = record.encode(vec![]).unwrap().concat();
    assert_eq!(encoded, payload, "{encoded:02x?}");
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(payload)).unwrap().0, record);
}

/// The same of a file that went to another volume.
#[test]
fn a_record_of_a_move() {
    let digest = "11".repeat(32);
    let hex = format!("32000000 82 81 82 07 81 82 16 81 82 83 19 0101 05 5820 {digest} 03 80");
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload: Vec<u8> = digits.chunks(2).map(byte).collect();
    let file = mailbox::BlobFile { item: ItemId(257), revision: ModSeq(5), digest: Digest([0x11; 32]) };
    let effects = vec![Effect::Move(mailbox::Moving { file, volume: 3 })];
    let record = mailbox::Record { sections: vec![Section { mailbox: MailboxId(7), effects }], bodies: vec![] };
    let encoded = record.encode(vec![]).unwrap().concat();
    assert_eq!(encoded, payload, "{encoded:02x?}");
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(payload)).unwrap().0, record);
}

/// When a message came into its folder is a field at the end, which older records lack; without it a record is as it was.
#[test]
fn a_record_of_a_save_date() {
    let hex = "20000000 82 81 82 07 82 82 03 81 85 19 0101 09 0a f6 05 82 03 81 89 19 0101 09 0a 03 05 f6 f6 f6 0b 80";
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload: Vec<u8> = digits.chunks(2).map(byte).collect();
    let old = Patch { id: ItemId(257), modseq: ModSeq(9), changed_ms: 10, uid: Some(Uid(5)), ..Patch::default() };
    let new = Patch { folder: Some(ItemId(3)), saved_ms: Some(11), ..old.clone() };
    let effects = vec![Effect::Patch(old), Effect::Patch(new)];
    let record = mailbox::Record { sections: vec![Section { mailbox: MailboxId(7), effects }], bodies: vec![] };
    let encoded = record.encode(vec![]).unwrap().concat();
    assert_eq!(encoded, payload, "{encoded:02x?}");
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(payload)).unwrap().0, record);
}

/// The same of a folder that is shared and has a use, and of a mount point.
#[test]
fn a_record_of_sharing() {
    let hex = "83000000 8281820782 82028194190101 0101f6000202030300194000806161606060f60000 \
               8201819060000000000000f6f6f6f6f66000685c417263686976658284016175616203840560616203820281941901020501 \
               f6000202030300194000806161606060f600008201819160000000000000f6f6f6f6f66000f680836175190101616280";
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let payload: Vec<u8> = digits.chunks(2).map(byte).collect();
    let row = |id, kind, detail| Item {
        id: ItemId(id),
        kind,
        folder: ItemId(1),
        conversation: None,
        uid: Uid(0),
        modseq: ModSeq(2),
        revision: ModSeq(2),
        date_ms: 3,
        changed_ms: 3,
        size: 0,
        flags: Flags::NO_INHERIT,
        tags: vec![],
        name: "a".into(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail: Detail::Folder(detail),
    };
    let grant = |kind, grantee: &str| Grant { kind, grantee: grantee.into(), name: "b".into(), rights: Rights(3) };
    let shared = FolderDetail {
        special_use: Some("\\Archive".into()),
        grants: vec![grant(GranteeKind::User, "u"), grant(GranteeKind::All, "")],
        ..FolderDetail::default()
    };
    let remote = Remote { account: "u".into(), folder: ItemId(257), name: "b".into() };
    let mounted = FolderDetail { remote: Some(remote), ..FolderDetail::default() };
    let effects =
        vec![Effect::PutItem(row(257, Kind::Folder, shared)), Effect::PutItem(row(258, Kind::MountPoint, mounted))];
    let record = mailbox::Record { sections: vec![Section { mailbox: MailboxId(7), effects }], bodies: vec![] };
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(payload)).unwrap().0, record);
    // since folders count what is no message in them, that is behind the rest
    let encoded = record.encode(vec![]).unwrap().concat();
    let now = "8c0000008281820782820281941901010101f6000202030300194000806161606060f600008201819560000000000000f6f6f6f6f6600068\
               5c417263686976658284016175616203840560616203f6f6f6f600820281941901020501f6000202030300194000806161606060f60000\
               8201819560000000000000f6f6f6f6f66000f6808361751901016162f6f6f60080";
    assert_eq!(encoded.iter().map(|b| format!("{b:02x}")).collect::<String>(), now);
    assert_eq!(mailbox::Record::decode(1, &bytes::Bytes::from(encoded)).unwrap().0, record);
}

proptest! {
    #[test]
    fn any_octets(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        effects::check(&payload);
    }
}
