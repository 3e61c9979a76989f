// SPDX-License-Identifier: AGPL-3.0-or-later
//! The file-system seam (skeleton).
use std::path::Path;
pub trait Fs: Send + Sync + 'static {
    fn exists(&self, path: &Path) -> bool;
}
/// The real thing.
pub struct RealFs;
impl Fs for RealFs {
    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}
