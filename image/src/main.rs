// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse-image`: what `cargo xtask image` calls.

mod boot;

use clap::{Args, Parser, Subcommand};
use posthouse_image::error::{Result, writing};
use posthouse_image::formats::{self, Format};
use posthouse_image::packages::lock;
use posthouse_image::packages::mirror::Mirrors;
use posthouse_image::packages::resolve::resolve;
use posthouse_image::paths::Paths;
use posthouse_image::{build, checksums, index, release, users};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "posthouse-image", version, about = "Makes the bootable image")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the image
    Build(BuildOptions),
    /// Boot the image in QEMU, with its console on this terminal
    Boot(boot::Options),
    /// Lock the packages at the versions that the mirror has now
    Lock(MirrorOptions),
    /// Write the signed list of a directory's bundles, from which machines get their upgrades
    Index(IndexOptions),
    /// Write SHA256SUMS of a directory, its signature and the public key
    Checksums {
        dir: PathBuf,
        #[arg(long)]
        signing_key: PathBuf,
    },
    /// Make a pair of keys: FILE signs, FILE.pub is what images trust
    Key { file: PathBuf },
    /// Add the service users to a tree: a hook of mmdebstrap's
    #[command(hide = true)]
    PinUsers { tree: PathBuf },
}

#[derive(Args)]
struct BuildOptions {
    /// Directory with posthouse and mailboxd
    #[arg(long)]
    binaries: PathBuf,
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
    version_name: String,
    /// File with the secret key that signs the upgrade (default: one of this build directory, for developers)
    #[arg(long)]
    signing_key: Option<PathBuf>,
    /// File with another public key whose upgrades the image takes (may be repeated)
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// Release notes
    #[arg(long)]
    notes: Option<PathBuf>,
    /// https:// directory in which machines look for the next version, unless they are told otherwise
    #[arg(long)]
    upgrade_source: Option<String>,
    /// Of zstd in the root: 6 is quick, 19 some percent smaller
    #[arg(long, default_value_t = 6)]
    level: u32,
    /// Which files to make (default: all)
    #[arg(long, value_delimiter = ',', value_parser = parse_format)]
    formats: Option<Vec<Format>>,
    #[command(flatten)]
    mirrors: MirrorOptions,
}

#[derive(Args)]
struct IndexOptions {
    /// Has the bundles, and gets CHANNEL.json and CHANNEL.json.sig
    dir: PathBuf,
    #[arg(long, default_value = "stable")]
    channel: String,
    /// File with a secret key (repeated while a key is being changed: old and new)
    #[arg(long, required = true)]
    signing_key: Vec<PathBuf>,
}

#[derive(Args)]
struct MirrorOptions {
    /// Debian's mirror (default: this machine's)
    #[arg(long)]
    mirror: Option<String>,
    /// The same for security updates
    #[arg(long)]
    security_mirror: Option<String>,
}

fn parse_format(text: &str) -> std::result::Result<Format, String> {
    Format::parse(text).ok_or_else(|| format!("one of {}", formats::ALL.map(Format::extension).join(", ")))
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("posthouse-image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    let paths = Paths::find();
    match command {
        Command::Build(options) => {
            let MirrorOptions { mirror, security_mirror } = options.mirrors;
            let options = build::Options {
                binaries: options.binaries,
                version: options.version_name,
                signing_key: options.signing_key,
                trust: options.trust,
                notes: options.notes,
                source: options.upgrade_source,
                level: options.level,
                formats: options.formats.unwrap_or_else(|| formats::ALL.to_vec()),
                mirror,
                security_mirror,
            };
            build::run(&paths, &options)
        }
        Command::Boot(options) => boot::run(&paths, &options),
        Command::Lock(options) => write_locks(&paths, options),
        Command::Index(options) => index::write(&options.dir, &options.channel, &options.signing_key),
        Command::Checksums { dir, signing_key } => checksums::write(&dir, &signing_key),
        Command::Key { file } => release::make_key(&file),
        Command::PinUsers { tree } => users::add_all(&tree),
    }
}

fn write_locks(paths: &Paths, options: MirrorOptions) -> Result<()> {
    let mirrors = Mirrors::of_this_host(options.mirror, options.security_mirror)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    for (name, base) in [("root", true), ("tools", false)] {
        let path = paths.lists().join(name).with_extension("list");
        let list = std::fs::read_to_string(&path).map_err(posthouse_image::error::reading(&path))?;
        let lock = resolve(&list, base, &mirrors, &paths.work.join(format!("apt-{name}")), now)?;
        let path = path.with_extension("lock");
        std::fs::write(&path, lock::render(&lock)).map_err(writing(&path))?;
        println!("{}: {} packages", path.display(), lock.packages.len());
    }
    Ok(())
}
