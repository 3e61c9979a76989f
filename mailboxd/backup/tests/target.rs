// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! A target by itself: damage costs a record, encryption, whose it is, what a sweep leaves.

use backup::{
    Archive, Archived, Entry, Error, Gap, Identities, Options, Read, Reader, Recipients, SnapshotWriter, Target,
    Writer, kind,
};
use bytes::Bytes;
use fs::{FaultFs, Faults, RealFs};
use ids::Digest;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SECRET: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

struct Place {
    dir: tempfile::TempDir,
    faults: Arc<Faults>,
    fs: Arc<FaultFs>,
}

impl Place {
    fn new() -> Place {
        let fs = Arc::new(FaultFs::new(Arc::new(RealFs)));
        Place { dir: tempfile::tempdir().unwrap(), faults: fs.faults(), fs }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    fn begin(&self, options: Options) -> Target {
        let target = Target::init(self.fs.clone(), &self.root(), options, "server", "mail.test").unwrap();
        target.claim("server").unwrap()
    }

    fn open(&self, options: Options) -> Target {
        Target::open(self.fs.clone(), &self.root(), options).unwrap()
    }
}

fn keys() -> (Recipients, Identities) {
    let identity: age::x25519::Identity = SECRET.parse().unwrap();
    let to = Recipients::parse(&[identity.to_public().to_string()]).unwrap().unwrap();
    (to, Identities::parse(&format!("# public key: none of it\n{SECRET}\n")).unwrap())
}

fn digest(content: &[u8]) -> Digest {
    Digest(Sha256::digest(content).into())
}

fn read(target: &Target, path: &Path) -> (Vec<Vec<u8>>, u64) {
    let mut reader = Reader::open(target, path).unwrap();
    let (mut bodies, mut damaged) = (Vec::new(), 0);
    while let Some(read) = reader.next_record().unwrap() {
        match read {
            Read::Record { body, .. } => bodies.push(body.to_vec()),
            Read::Damaged { bytes, .. } => damaged += bytes,
        }
    }
    (bodies, damaged)
}

fn bodies() -> Vec<Vec<u8>> {
    (0..40u32).map(|n| format!("record {n} ").repeat(n as usize * 3).into_bytes()).collect()
}

/// Every bit of a file, one after the other: what is not touched is read, and nothing wrong ever is.
#[test]
fn a_flipped_bit_costs_a_record() {
    for options in [Options::default(), Options { recipients: Some(keys().0), ..Options::default() }] {
        let place = Place::new();
        let target = place.begin(options);
        let path = place.dir.path().join("file.rec");
        let mut writer = Writer::create(&target, &path).unwrap();
        let written = bodies();
        written.iter().for_each(|body| writer.put(kind::ITEM, body).unwrap());
        writer.finish().unwrap();
        let target = place.open(Options { identities: Some(keys().1), ..Options::default() });
        assert_eq!(read(&target, &path), (written.clone(), 0));
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            let (found, damaged) = read(&target, &path);
            let lost = written.len() - found.len();
            assert!(lost <= 1 && found.iter().all(|body| written.contains(body)), "{lost} lost at {at}");
            assert!(damaged > 0 || found == written, "at {at}");
        }
    }
}

#[test]
fn what_is_encrypted_needs_its_key_and_shows_nothing() {
    let place = Place::new();
    let target = place.begin(Options { recipients: Some(keys().0), ..Options::default() });
    let mut snapshot = SnapshotWriter::begin(&target, 1_000).unwrap();
    let message = Bytes::from("Subject: very secret\r\n\r\nindeed".repeat(100_000));
    let keep = |_: &Path| -> Result<bool, Error> { panic!("a link would not be encrypted") };
    snapshot.keep(digest(&message), keep, || Ok::<_, Error>((message.clone(), ""))).unwrap();
    let mut writer = snapshot.create("mailbox-1.rec").unwrap();
    writer.put(kind::ITEM, b"Subject: very secret").unwrap();
    let fact = writer.finish().unwrap();
    snapshot.add(fact);
    snapshot.finish(2_000).unwrap();
    let mut archive = Archive::open(&target).unwrap();
    let record = Archived { seq: 7, time_ms: 5, epoch: 1, kind: 1, payload: Bytes::from_static(b"very secret") };
    archive.put(&record).unwrap();
    archive.sync().unwrap();
    archive.put(&Archived { seq: 8, ..record.clone() }).unwrap();
    archive.sync().unwrap();

    let mut files = vec![place.root()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(11).any(|window| window == b"very secret"), "{}", path.display());
        }
    }
    // the server itself finds its place in the archive without the key
    assert_eq!(Archive::open(&place.open(Options::default())).unwrap().last(), 8);
    let blind = place.open(Options::default());
    let snapshot = blind.snapshots(&mut Vec::new()).unwrap().remove(0);
    assert!(snapshot.compare_files().is_empty(), "files can be compared without the key");
    assert!(matches!(snapshot.open("mailbox-1.rec"), Err(Error::Sealed { .. })));
    let other = age::x25519::Identity::generate();
    let other = Identities::parse(&age_secret(&other)).unwrap();
    let wrong = place.open(Options { identities: Some(other), ..Options::default() });
    let snapshot = wrong.snapshots(&mut Vec::new()).unwrap().remove(0);
    assert!(matches!(snapshot.open("mailbox-1.rec"), Err(Error::WrongKey { .. })));

    let target = place.open(Options { identities: Some(keys().1), ..Options::default() });
    let found = target.find_blob(digest(&message)).unwrap();
    assert_eq!(target.read_message(&found, digest(&message)).unwrap(), message);
    let entries: Vec<_> = target.read_archive(6).unwrap().map(|entry| entry.unwrap().1).collect();
    assert_eq!(entries, [Entry::Record(record.clone()), Entry::Record(Archived { seq: 8, ..record })]);
}

fn age_secret(identity: &age::x25519::Identity) -> String {
    use age::secrecy::ExposeSecret;
    identity.to_string().expose_secret().to_owned()
}

#[test]
fn a_directory_is_taken_only_when_it_is_ours_or_empty() {
    let place = Place::new();
    let init = |root: &Path| Target::init(place.fs.clone(), root, Options::default(), "server", "mail.test").map(drop);
    assert!(matches!(init(&place.dir.path().join("missing/target")), Err(Error::Gone { .. })));
    std::fs::create_dir(place.root()).unwrap();
    std::fs::write(place.root().join("photo.jpg"), "").unwrap();
    assert!(matches!(init(&place.root()), Err(Error::Foreign { .. })));
    std::fs::remove_file(place.root().join("photo.jpg")).unwrap();
    std::fs::write(place.root().join("last"), "").unwrap();
    let target = place.begin(Options::default());
    assert!(matches!(target.claim("another"), Err(Error::OtherServer { .. })));
    // a second daemon takes it over, and the first one notices
    let second = place.open(Options::default()).claim("server").unwrap();
    assert!(matches!(target.check(), Err(Error::Usurped { .. })));
    second.check().unwrap();
    let roomy = place.open(Options { reserve_bytes: u64::MAX, ..Options::default() }).claim("server").unwrap();
    assert!(matches!(roomy.check(), Err(Error::Full { .. })));
    std::fs::rename(place.root(), place.dir.path().join("unmounted")).unwrap();
    assert!(matches!(roomy.check(), Err(Error::Gone { .. })));
    std::fs::create_dir(place.root()).unwrap();
    assert!(matches!(roomy.check(), Err(Error::Gone { .. })), "an empty directory is a mount that is missing");
    assert!(matches!(SnapshotWriter::begin(&roomy, 1), Err(Error::Gone { .. })));
    assert!(std::fs::read_dir(place.root()).unwrap().next().is_none(), "and nothing is written into it");
}

#[test]
fn an_archive_goes_on_after_a_crash_and_a_full_target() {
    let place = Place::new();
    let target = place.begin(Options::default());
    let record = |seq: u64| Archived {
        seq,
        time_ms: seq * 10,
        epoch: 1,
        kind: 1,
        payload: Bytes::from(format!("payload {seq} ").repeat(2_000)),
    };
    let mut archive = Archive::open(&target).unwrap();
    for seq in 5..=20 {
        archive.put(&record(seq)).unwrap();
    }
    archive.sync().unwrap();
    assert_eq!(archive.last(), 20);
    drop(archive);
    let mut archive = Archive::open(&target).unwrap();
    assert_eq!(archive.last(), 20);
    archive.put(&record(21)).unwrap();
    archive.sync().unwrap();
    drop(archive);
    // a tail that a crash tore
    let (first, path) = target.archive_files().unwrap().remove(1);
    assert_eq!(first, 21);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 40);
    std::fs::write(&path, &bytes).unwrap();
    let mut archive = Archive::open(&target).unwrap();
    assert_eq!(archive.last(), 20);
    // full in the middle of a record
    place.faults.set_space(Some(100));
    let put = (21..=400).try_for_each(|seq| archive.put(&record(seq))).and_then(|()| archive.sync());
    assert!(matches!(put, Err(Error::Full { .. })), "{put:?}");
    assert_eq!(archive.last(), 20);
    place.faults.clear();
    let mut archive = Archive::open(&target).unwrap();
    assert_eq!(archive.last(), 20);
    for seq in 21..=30 {
        archive.put(&record(seq)).unwrap();
    }
    archive.sync().unwrap();
    archive.put_gap(Gap { from: 31, to: 39 }).unwrap();
    archive.put(&record(40)).unwrap();
    archive.sync().unwrap();
    let mut archive = Archive::open(&target).unwrap();
    assert_eq!(archive.last(), 40);
    // damage in the middle is a gap, too
    archive.close_file();
    let (_, path) = target.archive_files().unwrap().remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&path, &bytes).unwrap();
    let (mut seqs, mut gaps) = (Vec::new(), Vec::new());
    for entry in target.read_archive(3).unwrap() {
        match entry.unwrap().1 {
            Entry::Record(found) => {
                assert_eq!(found, record(found.seq));
                seqs.push(found.seq);
            }
            Entry::Gap(gap) => gaps.push((gap.from, gap.to)),
        }
    }
    let lost = (5..=20).find(|seq| !seqs.contains(seq)).unwrap();
    assert_eq!(gaps, [(4, 4), (lost, lost), (31, 39)]);
    assert_eq!(seqs.len(), 27 - 1, "{seqs:?}");
}

/// Records reach their file as buffers fill, their messages get their names later: what fails between was not archived.
#[test]
fn a_record_counts_as_archived_when_its_message_is_there() {
    for options in [Options::default(), Options { recipients: Some(keys().0), ..Options::default() }] {
        let place = Place::new();
        let target = place.begin(options);
        let record = |seq: u64| {
            let mut payload = vec![0; 200 << 10];
            let mut state = seq;
            for byte in &mut payload {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (state >> 56) as u8;
            }
            Archived { seq, time_ms: seq, epoch: 1, kind: 1, payload: payload.into() }
        };
        let message = |seq: u64| Bytes::from(format!("message {seq}"));
        let put = |archive: &mut Archive, seqs: std::ops::RangeInclusive<u64>| {
            for seq in seqs {
                let body = message(seq);
                archive.keep(seq, digest(&body), |_| Ok::<_, Error>(false), || Ok((body.clone(), ""))).unwrap();
                archive.put(&record(seq)).unwrap();
            }
        };
        let mut archive = Archive::open(&target).unwrap();
        put(&mut archive, 1..=2);
        archive.sync().unwrap();
        put(&mut archive, 3..=8);
        place.faults.fail_syncs(1);
        archive.sync().unwrap_err();
        drop(archive);
        let mut archive = Archive::open(&target).unwrap();
        assert_eq!(archive.last(), 2, "what has no message beside it is not archived");
        put(&mut archive, 3..=9);
        archive.sync().unwrap();
        let keyed = place.open(Options { identities: Some(keys().1), ..Options::default() });
        let entries: Vec<_> = keyed.read_archive(0).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(entries.len(), 9);
        for (seq, (first, entry)) in (1..).zip(entries) {
            assert_eq!(entry, Entry::Record(record(seq)));
            let digest = digest(&message(seq));
            let found = keyed.find_archived(first, digest).unwrap_or_else(|| panic!("{seq} beside {first}"));
            assert_eq!(keyed.read_message(&found, digest).unwrap(), message(seq));
        }
    }
}

#[test]
fn a_sweep_leaves_what_a_snapshot_needs() {
    let place = Place::new();
    let target = place.begin(Options::default());
    let message = |n: u32| Bytes::from(format!("message {n}"));
    let make = |ms: i64, holds: u64, messages: &[u32]| {
        let mut snapshot = SnapshotWriter::begin(&target, ms).unwrap();
        for n in messages {
            let content = message(*n);
            snapshot.keep(digest(&content), |_| Ok::<_, Error>(false), || Ok((content.clone(), ""))).unwrap();
        }
        snapshot.manifest.holds = holds;
        snapshot.finish(ms).unwrap()
    };
    let mut archive = Archive::open(&target).unwrap();
    for seq in 1..=6 {
        let body = message(100 + seq as u32);
        archive.keep(seq, digest(&body), |_| Ok::<_, Error>(false), || Ok((body.clone(), ""))).unwrap();
        archive.put(&Archived { seq, time_ms: seq, epoch: 1, kind: 1, payload: Bytes::new() }).unwrap();
        archive.sync().unwrap();
        archive.close_file();
    }
    let first = make(1_000, 2, &[1, 2]);
    let second = make(2_000, 4, &[2, 3]);
    assert_eq!((first.manifest.messages.copied, second.manifest.messages.copied), (2, 1));
    // one that was begun and never ended
    let begun = SnapshotWriter::begin(&target, 3_000).unwrap();
    drop(begun);
    target.clear_unfinished().unwrap();
    assert_eq!(std::fs::read_dir(place.root().join("snapshots")).unwrap().count(), 2);
    target.sweep().unwrap();
    assert_eq!(target.archive_files().unwrap().first().unwrap().0, 3);
    first.drop_it().unwrap();
    let swept = target.sweep().unwrap();
    assert!(
        swept.digests.contains(&digest(&message(1))) && swept.digests.contains(&digest(&message(103))),
        "{swept:?}"
    );
    let has = |n: u32| target.find_blob(digest(&message(n))).is_some();
    assert_eq!([1, 2, 3].map(has), [false, true, true]);
    assert_eq!(target.archive_files().unwrap().first().unwrap().0, 5);
    assert!(target.find_archived(5, digest(&message(105))).is_some());
    assert!(target.find_archived(4, digest(&message(104))).is_none());
    // while one of them can't say what it needs, nothing goes
    let digests = place.root().join("snapshots").join(&second.name).join("digests");
    std::fs::write(&digests, [0; 32]).unwrap();
    target.sweep().unwrap_err();
    assert!(has(3));
    let mut problems = Vec::new();
    assert_eq!(target.snapshots(&mut problems).unwrap()[0].compare_files().len(), 1);
    std::fs::write(place.root().join("snapshots").join(&second.name).join("manifest.json"), "{").unwrap();
    assert!(target.snapshots(&mut problems).unwrap().is_empty());
    assert_eq!(problems.len(), 1);
}

/// However little is in it: what no snapshot needs any more goes a file at a time.
#[test]
fn a_file_of_the_archive_ends_after_a_day() {
    const HOUR_MS: u64 = 3_600_000;
    let place = Place::new();
    let target = place.begin(Options::default());
    let mut archive = Archive::open(&target).unwrap();
    for seq in 1..=60 {
        let time_ms = seq * HOUR_MS;
        archive.put(&Archived { seq, time_ms, epoch: 1, kind: 1, payload: Bytes::new() }).unwrap();
        archive.sync().unwrap();
    }
    let firsts: Vec<u64> = target.archive_files().unwrap().into_iter().map(|(first, _)| first).collect();
    assert_eq!(firsts, [1, 26, 51]);
}

/// Two million messages are a list of 64 MiB.
#[test]
fn very_many_messages_and_very_large_ones_are_read() {
    let place = Place::new();
    let target = place.begin(Options::default());
    let mut snapshot = SnapshotWriter::begin(&target, 1_000).unwrap();
    let large = Bytes::from(vec![b'x'; (64 << 20) + 1]);
    snapshot.keep(digest(&large), |_| Ok::<_, Error>(false), || Ok((large.clone(), ""))).unwrap();
    let mut snapshot = snapshot.finish(2_000).unwrap();
    let found = target.find_blob(digest(&large)).unwrap();
    assert!(target.read_message(&found, digest(&large)).unwrap() == large);
    let list = vec![7; (64 << 20) + 32];
    std::fs::write(place.root().join("snapshots").join(&snapshot.name).join("digests"), &list).unwrap();
    let fact = snapshot.manifest.files.iter_mut().find(|fact| fact.name == "digests").unwrap();
    (fact.bytes, fact.sha256) = (list.len() as u64, digest(&list).to_hex());
    assert_eq!(snapshot.digests().unwrap().len(), (2 << 20) + 1);
}
