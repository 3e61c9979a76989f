// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The life of a machine whose power goes again and again.

use super::ledger::{ACCOUNTS, Found, Ledger, Uids};
use super::{Machine, Rows, mailbox_of, verify, work};
use fs::Rng;

const BOOTS: u64 = 4;
const OPERATIONS_MAX: usize = 400;

/// `prepare` is called before each start.
pub fn run(seed: u64, prepare: &dyn Fn(&Machine)) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    let mut machine = Machine::new(seed);
    let clients = 1 + rng.below(3) as usize;
    let mut ledgers: Vec<Ledger> = (0..clients).map(Ledger::new).collect();
    let mut uids = Uids::new();
    for boot in 0..=BOOTS {
        interrupt_recovery(&mut machine, &mut rng);
        prepare(&machine);
        let store = machine.open().map_err(|error| format!("boot {boot}: {error}"))?;
        ACCOUNTS.iter().for_each(|account| drop(mailbox_of(&store, account)));
        let found = Found::read(&store, &mut uids);
        let context = format!("seed {seed}, boot {boot}");
        ledgers.iter_mut().for_each(|ledger| ledger.check(&found, &context));
        verify(&store, &context);
        if boot == BOOTS {
            break;
        }
        let syncs_max = if rng.coin() { 8 } else { 90 };
        machine.disk.cut_at_sync(1 + rng.below(syncs_max));
        std::thread::scope(|scope| {
            for ledger in &mut ledgers {
                let (store, seed, disk) = (&store, rng.draw(), &machine.disk);
                scope.spawn(move || {
                    if let Err(error) = work::run(store, ledger, seed, OPERATIONS_MAX) {
                        assert!(!disk.is_powered(), "failed with the power on: {error}");
                    }
                });
            }
        });
        drop(store);
        machine.cut(Rows::Drawn);
    }
    Ok(())
}

fn interrupt_recovery(machine: &mut Machine, rng: &mut Rng) {
    for _ in 0..rng.below(3) {
        machine.disk.cut_at_sync(1 + rng.below(10));
        // fails, or is cut off as it begins to work
        drop(machine.open());
        machine.cut(Rows::Drawn);
    }
}
