// SPDX-License-Identifier: AGPL-3.0-or-later
//! The same inputs give the same bytes: everything again in another directory, packages installed anew.

use crate::{image, options, paths};
use posthouse_image::build;
use posthouse_image::paths::Paths;

#[test]
fn a_second_build_has_the_same_bytes() {
    let first = image();
    let second = paths("image-second");
    if second.out.exists() {
        std::fs::remove_dir_all(&second.out).unwrap();
    }
    build::images(&second, &options(vec![])).unwrap();
    for name in ["vmlinuz", "initrd.img", "root.img", "boot.img"] {
        let read = |paths: &Paths| std::fs::read(paths.work.join(name)).unwrap();
        assert!(read(first) == read(&second), "{name} differs: {}", second.work.join(name).display());
    }
    std::fs::remove_dir_all(&second.out).unwrap();
}
