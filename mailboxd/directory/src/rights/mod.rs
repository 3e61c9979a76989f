// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rights: what one account may do to other entries, or to everything, because somebody granted it.
//!
//! A grant stands on its target, as one value of zimbraACE: `GRANTEE-ID GRANTEE-TYPE [-+*.]RIGHT`. What holds everywhere stands on
//! the global config (posthouseGlobalACE). Who asks is answered by the grant that is nearest: first by the target (the entry, the
//! lists it is in, its domain, domains above, everything), then by the grantee (the account, its lists, its domain, everybody);
//! of two as near as each other the one that denies wins. [`Powers`] is where it is asked.

mod check;
mod constraint;
mod effective;
mod grant;
mod right;
mod table;

pub use check::{Need, Powers, PowersOn, Via};
pub use constraint::Constraint;
pub use effective::{Allowed, Effective, Everywhere};
pub use grant::{Grant, Granted, Modifiers, On};
pub use right::{Attributes, Class, Right, What, all, find};

use crate::Kind;

/// What a right is granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetType {
    Account,
    CalResource,
    Cos,
    Dl,
    Domain,
    Server,
    Config,
    /// Everything.
    Global,
}

impl TargetType {
    pub const ALL: [TargetType; 8] = [
        TargetType::Account,
        TargetType::CalResource,
        TargetType::Cos,
        TargetType::Dl,
        TargetType::Domain,
        TargetType::Server,
        TargetType::Config,
        TargetType::Global,
    ];

    /// As the wire protocol names it.
    pub fn name(self) -> &'static str {
        match self {
            TargetType::Account => "account",
            TargetType::CalResource => "calresource",
            TargetType::Cos => "cos",
            TargetType::Dl => "dl",
            TargetType::Domain => "domain",
            TargetType::Server => "server",
            TargetType::Config => "config",
            TargetType::Global => "global",
        }
    }

    pub fn of_name(name: &str) -> Option<TargetType> {
        TargetType::ALL.into_iter().find(|target| target.name() == name)
    }

    pub fn of_kind(kind: Kind) -> Option<TargetType> {
        TargetType::ALL.into_iter().find(|target| target.kind() == Some(kind))
    }

    /// None: no entry, everything.
    pub fn kind(self) -> Option<Kind> {
        match self {
            TargetType::Account => Some(Kind::Account),
            TargetType::CalResource => Some(Kind::Resource),
            TargetType::Cos => Some(Kind::Cos),
            TargetType::Dl => Some(Kind::List),
            TargetType::Domain => Some(Kind::Domain),
            TargetType::Server => Some(Kind::Server),
            TargetType::Config => Some(Kind::Config),
            TargetType::Global => None,
        }
    }

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Whether a grant on an entry of this type is one for entries of type `below`, too.
    pub fn is_above(self, below: TargetType) -> bool {
        match self {
            TargetType::Global => true,
            TargetType::Domain => {
                matches!(below, TargetType::Domain | TargetType::Account | TargetType::CalResource | TargetType::Dl)
            }
            TargetType::Dl => matches!(below, TargetType::Dl | TargetType::Account | TargetType::CalResource),
            // A resource is an account of its own type.
            same => same == below,
        }
    }
}

/// Whom a right is granted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GranteeType {
    /// An account.
    Usr,
    /// A distribution list.
    Grp,
    /// Everybody in a domain.
    Dom,
    /// Everybody with an account.
    All,
    /// Everybody, strangers too.
    Pub,
    /// An address elsewhere.
    Gst,
}

impl GranteeType {
    const ALL_TYPES: [GranteeType; 6] =
        [GranteeType::Usr, GranteeType::Grp, GranteeType::Dom, GranteeType::All, GranteeType::Pub, GranteeType::Gst];

    pub fn name(self) -> &'static str {
        match self {
            GranteeType::Usr => "usr",
            GranteeType::Grp => "grp",
            GranteeType::Dom => "dom",
            GranteeType::All => "all",
            GranteeType::Pub => "pub",
            GranteeType::Gst => "gst",
        }
    }

    pub fn of_name(name: &str) -> Option<GranteeType> {
        GranteeType::ALL_TYPES.into_iter().find(|grantee| grantee.name() == name)
    }
}

/// Ids of the grantees All and Pub, as Zimbra writes them.
pub(crate) const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";
pub(crate) const PUBLIC: &str = "99999999-9999-9999-9999-999999999999";
