// SPDX-License-Identifier: AGPL-3.0-or-later
//! Old mail moves to secondary volumes as the policies of accounts say: by order of an administrator, and by the clock.

use directory::Directory;
use mailbox::{Error, HsmPolicy, HsmStatus, Result, Store};

const ATTR: &str = "zimbraHsmPolicy";

/// Blocking, for as long as it takes. An account without a policy of its own or of its class has that of the system.
pub fn hsm_run(store: &Store, directory: &Directory, progress: &mut (dyn FnMut(&str) + Send)) -> Result<HsmStatus> {
    store.hsm_run(&|account| policies(directory, account), progress)
}

fn policies(directory: &Directory, account: &str) -> Result<Vec<HsmPolicy>> {
    let found = directory.account_by_id(account).map_err(|error| Error::Unavailable(error.to_string()))?;
    let texts = found.into_iter().flat_map(|account| account.attrs.get(ATTR).cloned().unwrap_or_default());
    texts.map(|text| HsmPolicy::parse(&text)).collect()
}
