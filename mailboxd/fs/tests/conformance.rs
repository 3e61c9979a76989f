// SPDX-License-Identifier: AGPL-3.0-or-later
//! One suite, every implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use ph_fs::{FaultFs, Fs, Open, RealFs, SimFs, create_dir_synced};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

fn suite(fs: &dyn Fs, root: &Path) {
    bytes_of_a_file(fs, root);
    names(fs, root);
    directories(fs, root);
    unlinked_file_lives_on(fs, root);
    sync(fs, root);
}

#[test]
fn real() {
    let dir = tempfile::tempdir().unwrap();
    suite(&RealFs, dir.path());
}

#[test]
fn simulated() {
    suite(&SimFs::new(), Path::new("/"));
}

#[test]
fn wrapped() {
    let dir = tempfile::tempdir().unwrap();
    suite(&FaultFs::new(Arc::new(RealFs)), dir.path());
    suite(&FaultFs::new(Arc::new(SimFs::new())), Path::new("/"));
}

fn bytes_of_a_file(fs: &dyn Fs, root: &Path) {
    let path = root.join("bytes");
    let file = fs.open(&path, Open::CreateNew).unwrap();
    assert_eq!(fs.open(&path, Open::CreateNew).err().unwrap().kind(), ErrorKind::AlreadyExists);
    file.write_all_at(b"hello", 3).unwrap();
    assert_eq!(file.metadata().unwrap().len, 8);
    let mut buf = [9; 16];
    assert_eq!(file.read_full_at(&mut buf, 0).unwrap(), 8);
    assert_eq!(&buf[..8], b"\0\0\0hello");
    assert_eq!(file.read_at(&mut buf, 8).unwrap(), 0);
    assert_eq!(file.read_at(&mut buf, 1 << 40).unwrap(), 0);
    file.set_len(5).unwrap();
    file.set_len(7).unwrap();
    assert_eq!(file.read_full_at(&mut buf, 0).unwrap(), 7);
    assert_eq!(&buf[..7], b"\0\0\0he\0\0");
    file.allocate(4096).unwrap();
    file.allocate(100).unwrap();
    assert_eq!(file.metadata().unwrap().len, 4096);
    file.sync_data().unwrap();
    file.sync_all().unwrap();
    let reader = fs.open(&path, Open::Read).unwrap();
    assert_eq!(reader.read_full_at(&mut buf[..4], 3).unwrap(), 4);
    assert_eq!(&buf[..4], b"he\0\0");
    assert!(reader.write_at(b"x", 0).is_err());
    fs.unlink(&path).unwrap();
}

fn names(fs: &dyn Fs, root: &Path) {
    let (a, b, c) = (root.join("a"), root.join("b"), root.join("c"));
    assert_eq!(fs.open(&a, Open::Read).err().unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(fs.open(&root.join("no/a"), Open::CreateNew).err().unwrap().kind(), ErrorKind::NotFound);
    fs.open(&a, Open::CreateNew).unwrap().write_all_at(b"1", 0).unwrap();
    fs.hard_link(&a, &b).unwrap();
    assert_eq!(fs.hard_link(&a, &b).err().unwrap().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs.hard_link(&c, &root.join("d")).err().unwrap().kind(), ErrorKind::NotFound);
    let (of_a, of_b) = (fs.metadata(&a).unwrap(), fs.metadata(&b).unwrap());
    assert_eq!(of_a, of_b);
    assert_eq!((of_a.links, of_a.len, of_a.is_dir), (2, 1, false));
    // Two names of one file: rename does nothing (POSIX).
    fs.rename(&a, &b).unwrap();
    assert!(fs.exists(&a) && fs.exists(&b));
    fs.open(&c, Open::CreateNew).unwrap();
    fs.rename(&c, &b).unwrap();
    assert!(!fs.exists(&c));
    assert_eq!(fs.metadata(&a).unwrap().links, 1);
    assert_eq!(fs.metadata(&b).unwrap().len, 0);
    fs.unlink(&a).unwrap();
    assert_eq!(fs.unlink(&a).err().unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(fs.rename(&a, &b).err().unwrap().kind(), ErrorKind::NotFound);
    fs.unlink(&b).unwrap();
}

fn directories(fs: &dyn Fs, root: &Path) {
    create_dir_synced(fs, &root.join("x/y")).unwrap();
    create_dir_synced(fs, &root.join("x/y")).unwrap();
    fs.create_dir_all(&root.join("x/z")).unwrap();
    fs.open(&root.join("x/file"), Open::CreateNew).unwrap();
    fs.open(&root.join("x/y/deep"), Open::CreateNew).unwrap();
    fs.open(&root.join("x-not"), Open::CreateNew).unwrap();
    let mut list: Vec<_> =
        fs.read_dir(&root.join("x")).unwrap().into_iter().map(|e| (e.name.into_string().unwrap(), e.is_dir)).collect();
    list.sort();
    assert_eq!(list, [("file".into(), false), ("y".into(), true), ("z".into(), true)]);
    assert!(fs.metadata(&root.join("x")).unwrap().is_dir);
    assert!(fs.create_dir_all(&root.join("x/file")).is_err());
    assert!(fs.unlink(&root.join("x/y")).is_err());
    assert_eq!(fs.read_dir(&root.join("none")).err().unwrap().kind(), ErrorKind::NotFound);
}

fn unlinked_file_lives_on(fs: &dyn Fs, root: &Path) {
    let path = root.join("gone");
    let file = fs.open(&path, Open::CreateNew).unwrap();
    file.write_all_at(b"still", 0).unwrap();
    fs.unlink(&path).unwrap();
    fs.volume(root).unwrap().sync().unwrap();
    let mut buf = [0; 5];
    assert_eq!(file.read_full_at(&mut buf, 0).unwrap(), 5);
    assert_eq!(file.metadata().unwrap().links, 0);
}

fn sync(fs: &dyn Fs, root: &Path) {
    fs.sync_dir(root).unwrap();
    let volume = fs.volume(root).unwrap();
    volume.sync().unwrap();
    assert!(volume.available().unwrap() > 0);
}
