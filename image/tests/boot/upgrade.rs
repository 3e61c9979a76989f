// SPDX-License-Identifier: AGPL-3.0-or-later
//! Upgrades in a running machine: one that works, one that is damaged on the disk, and back by hand.

use crate::start::{COMMAND_MAX, START_MAX, disk, settings, until_sent, without_dns};
use crate::{image, mail, options, paths, start};
use posthouse_image::build;
use posthouse_image::paths::Paths;
use posthouse_image::vm::machine::Machine;
use posthouse_image::vm::qemu::Firmware;
use posthouse_image::vm::test_disk;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

const NEXT: &str = "99.0.0";
const BROKEN: &str = "98.0.0";
/// It reads and writes some hundred megabytes by an emulated processor.
const INSTALL_MAX: Duration = Duration::from_secs(600);

/// The same programs under a later version; one for all tests.
fn next_bundle() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| bundle(NEXT, options(vec![]).binaries)).clone()
}

fn bundle(version: &str, binaries: PathBuf) -> PathBuf {
    let next = paths("image-next");
    let options = build::Options { version: version.to_owned(), binaries, ..options(vec![]) };
    let mut slot = build::images(&next, &options).unwrap();
    // The shell for tests is on the command line, so its root is the one that would be shipped.
    slot.boot = test_disk::boot_with_shell(&next, &start::tools(&next), &next.out).unwrap();
    build::bundle(&next, &options, &slot).unwrap()
}

fn status(machine: &mut Machine) -> Value {
    let said = machine.run("posthouse upgrade status --json", COMMAND_MAX).unwrap();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Until it runs, and was called good.
fn until_good(machine: &mut Machine, slot: &str) {
    machine.console.until("State:    running", START_MAX).unwrap();
    println!("slot {slot} runs {:.1} s after the restart began", machine.started.elapsed().as_secs_f64());
    machine.until_shell(COMMAND_MAX).unwrap();
    start::until_confirmed(machine);
    let status = status(machine);
    assert_eq!(status["booted"], slot, "{status}");
    assert_eq!(status["slots"][slot]["tries"], 0, "{status}");
    assert_eq!(status["trial"], Value::Null, "{status}");
}

/// The image runs, has an account with a message, and the bundle as its second disk.
fn with_mail(image: &Paths, dir: &Path, bundle: PathBuf) -> Machine {
    let mut settings = settings(&disk(image, dir, None), dir, Firmware::Bios);
    settings.extra_disk = Some(bundle);
    let mut machine = start::start_new(&settings);
    without_dns(&mut machine);
    until_sent(machine.port(25), "ann@example.test", "before the upgrade");
    mail_is_there(&machine);
    machine
}

fn mail_is_there(machine: &Machine) {
    mail::until_read(machine.port(993), "ann@example.test", "a-long-password", "Subject: before the upgrade");
}

/// Three starts of slot B fail, then slot A runs again; what `upgrade status` says of it.
fn falls_back(machine: &mut Machine) -> Value {
    for tries in 0..3 {
        machine.console.until(&format!("primary B, good A=1 B=1, tries A=0 B={tries}"), START_MAX).unwrap();
    }
    machine.console.until("slot A", START_MAX).unwrap();
    until_good(machine, "A");
    status(machine)
}

#[test]
fn upgrades_come_and_go_and_mail_stays() {
    let image = image();
    let bundle = next_bundle();
    let dir = tempfile::tempdir_in(&image.out).unwrap();
    let mut machine = with_mail(image, dir.path(), bundle);

    // One whose first byte is another is refused with a line, and nothing is written.
    let bad = "head -c 1000000 /dev/vdb | tr m n > /tmp/bad; posthouse upgrade install /tmp/bad";
    let error = machine.run(bad, COMMAND_MAX).unwrap_err().to_string();
    assert!(error.contains("the bundle is damaged"), "{error}");
    let error = machine.run("head -c 1000000 /dev/vdb > /tmp/cut; posthouse upgrade check /tmp/cut", COMMAND_MAX);
    assert!(error.unwrap_err().to_string().contains("ends too early"));
    assert_eq!(status(&mut machine)["slots"]["B"]["good"], false);

    // A root that is damaged after it was read back: three starts fail, then the old version runs again.
    machine.run("posthouse upgrade install /dev/vdb", INSTALL_MAX).unwrap();
    machine.run("dd if=/dev/zero of=/dev/vda6 bs=1M count=150 conv=fsync", INSTALL_MAX).unwrap();
    machine.restart().unwrap();
    let after = falls_back(&mut machine);
    assert_eq!((&after["slots"]["B"]["good"], &after["failed"][0]), (&Value::Bool(false), &NEXT.into()), "{after}");
    assert!(after["last"].as_str().unwrap().contains("did not come up"), "{after}");
    let error = machine.run("posthouse upgrade install /dev/vdb", COMMAND_MAX).unwrap_err().to_string();
    assert!(error.contains("was tried and did not come up"), "{error}");

    // The same once more, as it should be.
    machine.run("posthouse upgrade install --force /dev/vdb", INSTALL_MAX).unwrap();
    machine.restart().unwrap();
    machine.console.until(&format!("Posthouse {NEXT}, slot B"), START_MAX).unwrap();
    println!("selector {:.1} s after the restart began", machine.started.elapsed().as_secs_f64());
}

#[test]
fn an_upgraded_machine_serves_the_same_mail() {
    let image = image();
    let bundle = next_bundle();
    let dir = tempfile::tempdir_in(&image.out).unwrap();
    let mut machine = with_mail(image, dir.path(), bundle);
    machine.run("posthouse upgrade install /dev/vdb", INSTALL_MAX).unwrap();
    machine.restart().unwrap();
    machine.console.until(&format!("Posthouse {NEXT}, slot B"), START_MAX).unwrap();
    machine.console.until("State:    running", START_MAX).unwrap();
    println!("runs {:.1} s after the restart began", machine.started.elapsed().as_secs_f64());
    mail_is_there(&machine);
    until_sent(machine.port(25), "ann@example.test", "after the upgrade");
    // Its trial ended with a probe mail, and neither that nor the settings' trial left anything behind.
    machine.until_shell(COMMAND_MAX).unwrap();
    start::until_confirmed(&mut machine);
    let said = machine.run("journalctl --boot --unit posthouse-confirm --output cat", COMMAND_MAX).unwrap();
    assert!(said.contains("mail passes: in by smtp") && said.contains("the store is sound"), "{said}");
    println!("called good {:.1} s after the restart began: {said}", machine.started.elapsed().as_secs_f64());
    let after = status(&mut machine);
    assert_eq!(
        (&after["booted"], &after["trial"], &after["slots"]["B"]["tries"]),
        (&"B".into(), &Value::Null, &0.into())
    );
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
    machine.run("! mount | grep -q posthouse-trial", COMMAND_MAX).unwrap();
    // And back, by hand.
    machine.run("posthouse upgrade rollback", COMMAND_MAX).unwrap();
    machine.restart().unwrap();
    until_good(&mut machine, "A");
    mail_is_there(&machine);
}

/// It boots, systemd is content, and no mail would ever be delivered.
#[test]
fn a_version_whose_mailboxd_does_not_start_is_left() {
    let image = image();
    let dir = tempfile::tempdir_in(&image.out).unwrap();
    let programs = dir.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    std::fs::copy(options(vec![]).binaries.join("posthouse"), programs.join("posthouse")).unwrap();
    std::fs::copy("/bin/false", programs.join("mailboxd")).unwrap();
    let bundle = bundle(BROKEN, programs);
    let mut machine = with_mail(image, dir.path(), bundle);
    machine.run("posthouse upgrade install /dev/vdb", INSTALL_MAX).unwrap();
    machine.restart().unwrap();
    let after = falls_back(&mut machine);
    assert_eq!((&after["slots"]["B"]["good"], &after["failed"][0]), (&Value::Bool(false), &BROKEN.into()), "{after}");
    assert!(after["fallback"]["why"].as_str().unwrap().contains("mailboxd"), "{after}");
    mail_is_there(&machine);
    // The administrator is told.
    let told = "until posthouse status --json | grep -q 'did not come up'; do sleep 2; done";
    machine.run(told, START_MAX).unwrap();
}

/// How many times the power goes while an upgrade is being written; a boot takes minutes, so as many as there is time for.
const CUTS: u32 = 3;

/// Power cuts: at moments spread over the installation of an upgrade, with mail that comes in meanwhile. Whatever was acknowledged is
/// there afterwards, and the machine always starts.
#[test]
fn a_power_cut_during_an_upgrade_loses_nothing() {
    let image = image();
    let bundle = next_bundle();
    let dir = tempfile::tempdir_in(&image.out).unwrap();
    let mut settings = settings(&disk(image, dir.path(), None), dir.path(), Firmware::Bios);
    settings.extra_disk = Some(bundle);
    let mut machine = start::start_new(&settings);
    without_dns(&mut machine);
    // How long one takes when nobody cuts it off; the next ones are installed over it.
    let begun = std::time::Instant::now();
    machine.run("posthouse upgrade install --force /dev/vdb", INSTALL_MAX).unwrap();
    let whole = begun.elapsed();
    let mut acknowledged = Vec::new();
    for cut in 0..CUTS {
        // Slot A again, whatever the last one left first.
        let install = "posthouse upgrade install --force /dev/vdb >/dev/null 2>&1 &";
        machine.run(install, COMMAND_MAX).unwrap();
        let until = std::time::Instant::now() + whole * (2 * cut + 1) / (2 * CUTS);
        while std::time::Instant::now() < until {
            let subject = format!("mail {} of cut {cut}", acknowledged.len());
            if mail::send(machine.port(25), "ann@example.test", &subject).is_ok() {
                acknowledged.push(subject);
            }
        }
        // Like pulling the plug.
        drop(machine);
        settings.forwards = posthouse_image::vm::machine::free_forwards(&posthouse_image::vm::qemu::SERVICES).unwrap();
        machine = Machine::start(&settings).unwrap();
        machine.console.until("State:    running", START_MAX).unwrap();
        machine.until_shell(COMMAND_MAX).unwrap();
        let booted = status(&mut machine);
        println!("cut {cut}: {} messages, then slot {}", acknowledged.len(), booted["booted"]);
        if booted["booted"] == "B" {
            // It was whole. Back, for the next one.
            start::until_confirmed(&mut machine);
            machine.run("posthouse upgrade rollback", COMMAND_MAX).unwrap();
            machine.restart().unwrap();
            until_good(&mut machine, "A");
        } else {
            start::until_confirmed(&mut machine);
        }
    }
    assert!(!acknowledged.is_empty());
    let count = acknowledged.len();
    let arrived = format!(
        "until test \"$(posthouse store stats --json | grep -o '\"items\":[0-9]*' | cut -d: -f2)\" -ge {count}; do sleep 2; done"
    );
    machine.run(&arrived, START_MAX).unwrap();
    mail::all_are_there(machine.port(993), "ann@example.test", "a-long-password", &acknowledged);
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
}
