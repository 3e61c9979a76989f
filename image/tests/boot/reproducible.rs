// SPDX-License-Identifier: AGPL-3.0-or-later
//! The same inputs give the same bytes: everything again in another directory, packages installed anew.

use crate::{image, options};
use posthouse_image::build;
use posthouse_image::paths::Paths;

#[test]
fn a_second_build_has_the_same_bytes() {
    let first = image();
    let mut second = Paths::find();
    second.out = second.out.with_file_name("image-second");
    second.work = second.out.join("work");
    if second.out.exists() {
        std::fs::remove_dir_all(&second.out).unwrap();
    }
    build::images(&second, &options(vec![])).unwrap();
    for name in ["vmlinuz", "initrd.img", "boot.img", "root.img"] {
        let read = |paths: &Paths| std::fs::read(paths.work.join(name)).unwrap();
        assert!(read(first) == read(&second), "{name} differs: {}", second.work.join(name).display());
    }
    std::fs::remove_dir_all(&second.out).unwrap();
}
