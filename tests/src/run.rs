// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the environment says about this run.

/// `POSTHOUSE_LONG=1`: `cargo xtask test --long`.
pub fn is_long() -> bool {
    std::env::var("POSTHOUSE_LONG").is_ok_and(|value| !value.is_empty())
}

/// `POSTHOUSE_SEED=n` repeats the run that printed it; otherwise drawn from the clock, and printed by who uses it.
pub fn seed() -> u64 {
    let given = std::env::var("POSTHOUSE_SEED").ok().and_then(|text| text.parse().ok());
    let clock =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |t| t.as_nanos() as u64);
    given.unwrap_or_else(|| clock() % 1_000_000)
}

/// Why a test that needs root can't run here; in CI we are root and it must.
pub fn not_root() -> Option<&'static str> {
    (!nix::unistd::geteuid().is_root()).then_some("needs root for loop devices: not run")
}
