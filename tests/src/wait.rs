// SPDX-License-Identifier: AGPL-3.0-or-later
//! Waits for a condition, never for a while.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// Between two looks: what is waited for needs the processor too.
const PAUSE: Duration = Duration::from_millis(50);

/// Until it holds; an error when it takes too long, or at the first error of the condition itself.
pub fn until(what: &str, at_most: Duration, mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !condition()? {
        if begun.elapsed() > at_most {
            bail!("{what}: not after {} s", at_most.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
