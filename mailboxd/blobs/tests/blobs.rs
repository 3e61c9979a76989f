// SPDX-License-Identifier: AGPL-3.0-or-later
//! What goes in comes out, once, however often it came.
#![expect(clippy::unwrap_used, reason = "a test")]
mod common;

use common::*;
use fs::{Fs, SimFs};
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq};
use ph_blobs::{Blobs, Class, Error, LESSONS_MAX, Lesson, Options, Waiting};
use std::sync::Arc;

const SIZES: [usize; 9] = [0, 1, 999, 1_000, 1_001, 5_000, 262_144, 262_145, 1_000_000];

#[test]
fn messages_come_back_byte_for_byte_at_any_offset() {
    for compress in [false, true] {
        let disk = SimFs::new();
        let blobs = open(&disk, compress);
        for (item, size) in (1..).zip(SIZES) {
            let text = message(item, size);
            let staged = deliver(&blobs, &text, item).unwrap();
            assert_eq!((staged.size, &staged.content[..]), (size as u64, &text[..]));
            assert_eq!(staged.inline.is_some(), size <= INLINE_MAX);
            let mut blob = blobs.open_item(BOX, ItemId(item), REV).unwrap();
            assert_eq!(blob.len(), size as u64);
            for offset in [0, 1, size / 3, 262_143, 262_144, size.saturating_sub(1), size, size + 5] {
                let mut buf = [0; 300];
                let mut n = 0;
                while let Ok(more @ 1..) = blob.read_at((offset + n) as u64, &mut buf[n..]) {
                    n += more;
                }
                assert_eq!(buf[..n], text[offset.min(size)..(offset + 300).min(size)], "{size} at {offset}");
            }
            assert_eq!(read(&blobs, item).unwrap(), text);
        }
        let mut items = blobs.items(BOX).unwrap();
        items.sort();
        assert_eq!(items, (1..=SIZES.len() as u32).map(|item| (ItemId(item), REV)).collect::<Vec<_>>());
        assert!(blobs.items(MailboxId(99)).unwrap().is_empty());
        the_other_setting_reads_them_too(&open(&disk, !compress));
    }
}

fn the_other_setting_reads_them_too(blobs: &Blobs) {
    let text = message(6, SIZES[5]);
    assert_eq!(read(blobs, 6).unwrap(), text);
    let staged = deliver(blobs, &text, 100).unwrap();
    assert_eq!(read(blobs, 100).unwrap(), text);
    unlink(blobs, 6, staged.digest);
    unlink(blobs, 6, staged.digest);
    assert_eq!(read(blobs, 6), None);
    blobs.remove_mailbox(BOX).unwrap();
    blobs.remove_mailbox(BOX).unwrap();
    assert!(blobs.items(BOX).unwrap().is_empty());
}

#[test]
fn a_real_disk_too() {
    let temporary = tempfile::tempdir().unwrap();
    for compress in [false, true] {
        let options = Options { compress, compress_above: 0, inline_max: INLINE_MAX };
        let blobs = Blobs::open(Arc::new(fs::RealFs), &temporary.path().join("a b/main"), options).unwrap();
        for item in 1..20 {
            let text = message(item, 500 * item as usize);
            deliver(&blobs, &text, item).unwrap();
            assert_eq!(read(&blobs, item).unwrap(), text);
        }
        blobs.sync().unwrap();
    }
}

#[test]
fn what_is_small_is_not_compressed_and_the_limit_moves() {
    let disk = SimFs::new();
    let blobs = open(&disk, true);
    blobs.set_compression(true, 300);
    // in memory, and spilled to a file first
    let sizes = [300, 301, 900, 5_000];
    for size in sizes {
        deliver(&blobs, &message(size as u32, size), size as u32).unwrap();
    }
    let is_zst = |blobs: &Blobs, size: usize| {
        let (_, suffix) = blobs.stored(ph_blobs::digest(&message(size as u32, size))).unwrap();
        !suffix.is_empty()
    };
    assert_eq!(sizes.map(|size| is_zst(&blobs, size)), [false, true, true, true]);
    // whatever is set now, everything is read, linked again and removed
    for (compress, above) in [(false, 0), (true, 10_000), (true, 0)] {
        blobs.set_compression(compress, above);
        for size in sizes {
            let text = message(size as u32, size);
            assert_eq!(read(&blobs, size as u32).unwrap(), text);
            deliver(&blobs, &text, size as u32).unwrap();
        }
        assert_eq!(sizes.map(|size| read(&blobs, size as u32).unwrap().len()), sizes);
    }
    let staged = sizes.map(|size| stage(&blobs, &message(size as u32, size)).unwrap());
    for (size, staged) in sizes.into_iter().zip(&staged) {
        unlink(&blobs, size as u32, staged.digest);
        assert_eq!(read(&blobs, size as u32), None);
    }
}

#[test]
fn one_copy_however_often_it_comes() {
    for compress in [false, true] {
        let disk = SimFs::new();
        let blobs = open(&disk, compress);
        for size in [100, 5_000] {
            let text = message(1, size);
            for item in 1..=5 {
                deliver(&blobs, &text, item * 10 + size as u32).unwrap();
            }
        }
        assert_eq!(anchors(&disk).len(), 2);
        assert!(disk.read_dir(&volume().join("tmp")).unwrap().is_empty());
        let staged = stage(&blobs, &message(1, 5_000)).unwrap();
        for _ in 0..2 {
            blobs.link(staged.digest, MailboxId(8), ItemId(1), ModSeq(3)).unwrap();
        }
        assert_eq!(blobs.items(MailboxId(8)).unwrap(), [(ItemId(1), ModSeq(3))]);
    }
}

#[test]
fn a_message_that_begins_like_zstd_is_no_frame() {
    for compress in [false, true] {
        let disk = SimFs::new();
        let blobs = open(&disk, compress);
        for size in [4, 50, 900, 5_000] {
            let mut text = message(3, size);
            text[..4].copy_from_slice(&[0x28, 0xB5, 0x2F, 0xFD]);
            let staged = deliver(&blobs, &text, size as u32).unwrap();
            assert_eq!(read(&blobs, size as u32).unwrap(), text);
            if let Some(stored) = staged.inline {
                blobs.restore(staged.digest, &stored).unwrap();
                assert_eq!(read(&blobs, size as u32).unwrap(), text);
            }
        }
    }
}

#[test]
fn more_links_than_a_file_can_have() {
    for compress in [false, true] {
        let disk = SimFs::with_links_max(4);
        let blobs = open(&disk, compress);
        let text = message(1, 5_000);
        let digest = ph_blobs::digest(&text);
        for item in 1..=10 {
            deliver(&blobs, &text, item).unwrap();
        }
        assert_eq!(anchors(&disk).len(), 4);
        for item in 1..=10 {
            assert_eq!(read(&blobs, item).unwrap(), text);
            blobs.link(digest, BOX, ItemId(item), REV).unwrap();
        }
        assert_eq!(anchors(&disk).len(), 4, "linking again changes nothing");
        for item in 1..=9 {
            unlink(&blobs, item, digest);
        }
        // The last item hangs on the fourth anchor, so the ones before it stay: they are numbered without gaps.
        assert_eq!(blobs.sweep().unwrap().files, 0);
        assert_eq!(read(&blobs, 10).unwrap(), text);
        unlink(&blobs, 10, digest);
        assert_eq!(blobs.sweep().unwrap().files, 4);
        assert!(anchors(&disk).is_empty());
    }
}

#[test]
fn too_large_is_refused_and_leaves_nothing() {
    let disk = SimFs::new();
    let blobs = open(&disk, false);
    let mut staging = blobs.stage(5_000);
    staging.write(&[b'x'; 5_000]).unwrap();
    assert_eq!(staging.len(), 5_000);
    assert!(matches!(staging.write(b"y"), Err(Error::TooLarge { limit: 5_000 })));
    drop(staging);
    assert!(disk.read_dir(&volume().join("tmp")).unwrap().is_empty());
    assert!(anchors(&disk).is_empty());
}

#[test]
fn linking_without_an_anchor_is_not_found() {
    let blobs = open(&SimFs::new(), false);
    assert!(blobs.link(Digest([1; 32]), BOX, ItemId(1), REV).unwrap_err().is_not_found());
    assert_eq!(read(&blobs, 1), None);
}

#[test]
fn too_many_lessons_push_out_the_oldest() {
    let disk = SimFs::new();
    let blobs = open(&disk, false);
    let lesson = |seq, digest, class| Lesson { seq: Seq(seq), digest, class };
    let count = LESSONS_MAX as u64 + 2;
    let mut digests = Vec::new();
    for n in 0..count {
        let staged = deliver(&blobs, &message(n as u32, 40), n as u32 + 1).unwrap();
        blobs.train(lesson(n, staged.digest, Class::Spam)).unwrap();
        digests.push(staged.digest);
    }
    assert_eq!(blobs.waiting(), Waiting { spam: LESSONS_MAX as u64, ham: 0, dropped: 2 });
    assert_eq!(blobs.lessons(1)[0].seq, Seq(2));
    // an older word, and one about nothing that is there
    blobs.train(lesson(1, digests[5], Class::Ham)).unwrap();
    blobs.train(lesson(count, Digest([9; 32]), Class::Ham)).unwrap();
    assert_eq!(blobs.waiting().ham, 0);
    blobs.train(lesson(count, digests[5], Class::Ham)).unwrap();
    drop(blobs);
    let blobs = open(&disk, false);
    assert_eq!(blobs.waiting(), Waiting { spam: LESSONS_MAX as u64 - 1, ham: 1, dropped: 0 });
    assert!(blobs.check_training().unwrap().is_empty());
}

#[test]
fn a_lesson_keeps_its_message_until_it_was_learnt() {
    let disk = SimFs::new();
    let blobs = open(&disk, true);
    let text = message(1, 5_000);
    let staged = deliver(&blobs, &text, 1).unwrap();
    let digest = staged.digest;
    drop(staged);
    let lesson = Lesson { seq: Seq(1), digest, class: Class::Ham };
    blobs.train(lesson).unwrap();
    unlink(&blobs, 1, digest);
    assert_eq!(blobs.sweep().unwrap().files, 0);
    assert_eq!(&blobs.open_lesson(&lesson).unwrap().read_all().unwrap()[..], &text[..]);
    blobs.learnt(&lesson.name()).unwrap();
    assert_eq!(blobs.sweep().unwrap().files, 1);
}
