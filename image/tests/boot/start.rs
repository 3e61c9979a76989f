// SPDX-License-Identifier: AGPL-3.0-or-later
//! The image starts, takes mail and keeps it.

use crate::{image, mail};
use posthouse_image::paths::Paths;
use posthouse_image::tools::Tools;
use posthouse_image::vm::machine::{Machine, free_forwards};
use posthouse_image::vm::qemu::{Firmware, SERVICES, Settings};
use posthouse_image::vm::test_disk;
use std::path::Path;
use std::time::{Duration, Instant};

/// An emulated processor on a busy machine is a slow one.
pub const START_MAX: Duration = Duration::from_secs(900);
pub const COMMAND_MAX: Duration = Duration::from_secs(180);
const DISK_BYTES: u64 = 20 << 30;

/// ann@example.test, with what only the image does: time zone, keyboard and host name are the machine's.
pub const ANSWERS: &str = "\
hostname = 'mail.example.test'
domain = 'example.test'
[administrator]
name = 'ann'
password = 'a-long-password'
[system]
time_zone = 'Europe/Vienna'
keyboard = 'de'
";

pub fn settings(disk: &Path, dir: &Path, firmware: Firmware) -> Settings {
    Settings {
        firmware,
        disk: disk.to_owned(),
        disk_format: "raw",
        extra_disk: None,
        store_disk: None,
        memory_mib: 2048,
        has_kvm: false,
        forwards: free_forwards(&SERVICES).unwrap(),
        // Nothing of the world is asked: no DNS, no signatures.
        is_online: false,
        dir: dir.to_owned(),
    }
}

pub fn disk(paths: &Paths, dir: &Path, bytes: Option<u64>) -> std::path::PathBuf {
    test_disk::make(paths, &tools(paths), dir, bytes).unwrap()
}

pub fn tools(paths: &Paths) -> Tools {
    Tools::new(&paths.work.join("tree-tools"), 1)
}

/// A machine that nobody has set up yet shows its code, and is set up from a file of answers.
pub fn start_new(settings: &Settings) -> Machine {
    let mut machine = Machine::start(settings).unwrap();
    machine.console.until("Set-up code: ", START_MAX).unwrap();
    println!("the installer is there after {:.1} s", machine.started.elapsed().as_secs_f64());
    machine.until_shell(COMMAND_MAX).unwrap();
    machine.run(&format!("cat > /tmp/answers.toml <<'END'\n{ANSWERS}END"), COMMAND_MAX).unwrap();
    let begun = Instant::now();
    println!("{}", machine.run("posthouse setup --answers /tmp/answers.toml", START_MAX).unwrap());
    println!("set up in {:.1} s", begun.elapsed().as_secs_f64());
    until_confirmed(&mut machine);
    machine
}

/// Until the console says that everything runs, and systemd does.
pub fn start(settings: &Settings) -> Machine {
    let mut machine = Machine::start(settings).unwrap();
    machine.console.until("State:    running", START_MAX).unwrap();
    println!("everything runs after {:.1} s", machine.started.elapsed().as_secs_f64());
    machine.until_shell(COMMAND_MAX).unwrap();
    let active = machine.run("systemctl is-active posthouse", COMMAND_MAX).unwrap();
    assert_eq!(active.trim(), "active");
    until_confirmed(&mut machine);
    machine
}

/// The unit ends once the slot was called good, or was not.
pub fn until_confirmed(machine: &mut Machine) {
    let wait = "while [ \"$(systemctl is-active posthouse-confirm)\" = active ]; do sleep 1; done";
    machine.run(wait, START_MAX).unwrap();
    let said = machine.run("journalctl --boot --unit posthouse-confirm --output cat", COMMAND_MAX).unwrap();
    assert!(said.contains("is good"), "{said}");
}

#[test]
fn mail_comes_in_and_is_there_after_a_restart() {
    let paths = image();
    let dir = tempfile::tempdir_in(&paths.out).unwrap();
    let disk = disk(paths, dir.path(), Some(DISK_BYTES));
    let mut settings = settings(&disk, dir.path(), Firmware::Bios);
    // Nobody types anything: a second disk has the answers, and the password in a file of its own.
    let answers = ANSWERS.replace("password = 'a-long-password'", "password_file = 'pw'");
    let files = [("answers.toml", answers.as_str()), ("pw", "a-long-password\n")];
    settings.extra_disk = Some(test_disk::answers(&tools(paths), dir.path(), &files).unwrap());

    let mut machine = Machine::start(&settings).unwrap();
    machine.console.until("Set-up code: ", START_MAX).unwrap();
    println!("the installer is there after {:.1} s", machine.started.elapsed().as_secs_f64());
    machine.until_shell(COMMAND_MAX).unwrap();
    machine.run("until test -e /srv/posthouse/setup/done.json; do sleep 1; done", START_MAX).unwrap();
    let is_done = "until grep -q '\"state\":\"done\"' /srv/posthouse/setup/progress.json; do sleep 1; done";
    machine.run(is_done, START_MAX).unwrap();
    println!("set up, and everything runs, after {:.1} s", machine.started.elapsed().as_secs_f64());
    until_confirmed(&mut machine);
    check_system(&mut machine);
    without_dns(&mut machine);
    until_sent(machine.port(25), "ann@example.test", "the first");
    mail::until_read(machine.port(993), "ann@example.test", "a-long-password", "Subject: the first");
    println!("{}", machine.run("free -m; systemd-analyze; df -h /srv/posthouse/store/main", COMMAND_MAX).unwrap());
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
    let first_id = machine.run("cat /etc/machine-id", COMMAND_MAX).unwrap();
    machine.power_off(COMMAND_MAX).unwrap();

    settings.forwards = free_forwards(&SERVICES).unwrap();
    settings.extra_disk = None;
    let mut machine = start(&settings);
    println!("{}", machine.run("posthouse upgrade probe", COMMAND_MAX).unwrap());
    mail::until_read(machine.port(993), "ann@example.test", "a-long-password", "Subject: the first");
    assert_eq!(machine.run("cat /etc/machine-id", COMMAND_MAX).unwrap(), first_id);
    machine.run("test \"$(hostname)\" = mail.example.test", COMMAND_MAX).unwrap();
    machine.run("readlink /etc/localtime | grep -q Europe/Vienna", COMMAND_MAX).unwrap();
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
    println!("{}", machine.run("free -m; systemd-analyze", COMMAND_MAX).unwrap());
    machine.power_off(COMMAND_MAX).unwrap();
}

/// The test's machine can ask nobody.
pub fn without_dns(machine: &mut Machine) {
    for words in ["prov modifyConfig zimbraMtaDnsLookupsEnabled FALSE", "apply"] {
        machine.run(&format!("posthouse {words}"), COMMAND_MAX).unwrap();
    }
}

/// What the overlay promises.
fn check_system(machine: &mut Machine) {
    for (command, what) in [
        ("! touch /usr/x 2>/dev/null", "the root can't be written"),
        ("test \"$(systemctl --failed --no-legend | wc -l)\" = 0", "no unit failed"),
        ("test \"$(systemctl is-active ssh)\" = inactive", "no sshd without a key"),
        ("! ss -Hltn | grep -q ':22 '", "nobody listens on its port"),
        ("nft list chain inet posthouse input | grep -q 'policy drop'", "the firewall is there"),
        ("test \"$(findmnt -no SOURCE /var)\" = '/dev/vda7[/system/var]'", "/var is on ph-data"),
        ("findmnt -no OPTIONS /srv/posthouse/store/main | grep -q noexec", "the store is mounted"),
        // 20 GiB of disk, less 12.6 for what is before it.
        ("test \"$(blockdev --getsize64 /dev/vda8)\" -gt 7800000000", "ph-store grew with the disk"),
        (
            "test \"$(df --output=size -B1 /srv/posthouse/store/main | tail -1)\" -gt 7400000000",
            "and so did what is in it",
        ),
        ("test \"$(hostname)\" = mail.example.test", "the host name was set"),
        ("readlink /etc/localtime | grep -q Europe/Vienna", "and the time zone"),
        ("test \"$(cat /srv/posthouse/system/etc/posthouse-keyboard)\" = de", "and the keyboard"),
        ("test \"$(systemctl is-active systemd-timesyncd)\" = active", "the clock is set"),
        ("! ls /etc/ssh/ssh_host_*", "no host keys are in the image"),
    ] {
        machine.run(command, COMMAND_MAX).unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

/// A change of domains starts the filter again; until it answers there are temporary errors.
pub fn until_sent(port: u16, to: &str, subject: &str) {
    let begun = std::time::Instant::now();
    while let Err(error) = mail::send(port, to, subject) {
        assert!(error.contains("\"4") || error.contains("refused"), "{error}");
        assert!(begun.elapsed() < COMMAND_MAX, "{error}");
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn it_starts_under_secure_boot() {
    let paths = image();
    let dir = tempfile::tempdir_in(&paths.out).unwrap();
    let disk = disk(paths, dir.path(), None);
    let mut machine = start(&settings(&disk, dir.path(), Firmware::SecureBoot));
    let said = machine.run("dmesg", COMMAND_MAX).unwrap();
    assert!(said.contains("Secure boot enabled"), "{said}");
    assert!(said.contains("Kernel is locked down"), "{said}");
    machine.power_off(COMMAND_MAX).unwrap();
}

/// Messages lie on a disk of their own, chosen in set-up. Without it nothing runs that could take its absence for an empty store.
#[test]
fn messages_lie_on_a_second_disk_and_nothing_starts_without_it() {
    let paths = image();
    let dir = tempfile::tempdir_in(&paths.out).unwrap();
    let mut settings = settings(&disk(paths, dir.path(), None), dir.path(), Firmware::Bios);
    let own = dir.path().join("store.raw");
    std::fs::File::create(&own).unwrap().set_len(6 << 30).unwrap();
    settings.store_disk = Some(own.clone());

    let mut machine = Machine::start(&settings).unwrap();
    machine.console.until("Set-up code: ", START_MAX).unwrap();
    machine.until_shell(COMMAND_MAX).unwrap();
    let answers = ANSWERS.replace("[system]\n", "[system]\nstore_disk = '/dev/vdb'\n");
    machine.run(&format!("cat > /tmp/answers.toml <<'END'\n{answers}END"), COMMAND_MAX).unwrap();
    machine.run("posthouse setup --answers /tmp/answers.toml >/tmp/said 2>&1 &", COMMAND_MAX).unwrap();
    // It restarts by itself.
    machine.console.until("slot A", START_MAX).unwrap();
    machine.console.until("State:    running", START_MAX).unwrap();
    machine.until_shell(COMMAND_MAX).unwrap();
    let is_done = "until grep -q '\"state\":\"done\"' /srv/posthouse/setup/progress.json; do sleep 1; done";
    machine.run(is_done, START_MAX).unwrap();
    machine.run("test \"$(findmnt -no SOURCE /srv/posthouse/store/main)\" = /dev/vdb", COMMAND_MAX).unwrap();
    without_dns(&mut machine);
    until_sent(machine.port(25), "ann@example.test", "on the second disk");
    mail::until_read(machine.port(993), "ann@example.test", "a-long-password", "Subject: on the second disk");
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
    machine.power_off(COMMAND_MAX).unwrap();

    // Pulled.
    (settings.store_disk, settings.forwards) = (None, free_forwards(&SERVICES).unwrap());
    let mut machine = Machine::start(&settings).unwrap();
    machine.console.until("the disk of the message store is missing", START_MAX).unwrap();
    machine.until_shell(START_MAX).unwrap();
    machine
        .run("test \"$(systemctl is-active posthouse)\" = inactive && ! ss -Hltn | grep -q ':25 '", COMMAND_MAX)
        .unwrap();
    machine.power_off(COMMAND_MAX).unwrap();

    (settings.store_disk, settings.forwards) = (Some(own), free_forwards(&SERVICES).unwrap());
    let mut machine = start(&settings);
    mail::until_read(machine.port(993), "ann@example.test", "a-long-password", "Subject: on the second disk");
    machine.run("posthouse store verify", COMMAND_MAX).unwrap();
    machine.power_off(COMMAND_MAX).unwrap();
}
