//! The six roles that ship and what each may do. The one place that decides.

use crate::{Category, CategorySet};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person or key may see and do in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    SuperAdmin,
    /// Everything but super admins.
    Admin,
    /// The store's work, without accounts, settings and erasure.
    Manager,
    /// Products and inventory.
    StoreKeeper,
    /// The orders assigned to them.
    Staff,
    /// All activity, personal data masked, nothing else.
    Auditor,
}

/// Which activities a role reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActivityAccess {
    /// Each one.
    All,
    /// Those of whose categories it holds each one.
    Categories(CategorySet),
    /// `order.status_changed` of orders assigned to the person.
    AssignedOrders,
}

/// Which exports a role reads besides making them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportAccess {
    /// Each one.
    All,
    /// Those made with a role that sees no more than this one.
    Team,
    /// Those the person asked for.
    Own,
    /// None.
    None,
}

/// Something that may be done besides reading activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Record activities, orders and customers (keys of programs).
    Record,
    /// See and change users below super admin.
    ManageUsers,
    /// See and change super admins too.
    ManageSuperAdmins,
    /// Make and revoke API keys.
    ManageKeys,
    /// Change the store's name, zone and language.
    ManageSettings,
    /// Load and remove the sample store.
    ManageSample,
    /// See ledger numbers, proofs and size.
    ReadLedger,
    /// Read orders and customers as such.
    ReadOrders,
    /// Read messages and order threads: all of them, or those of assigned orders.
    ReadMessages,
    /// Send, stop and restart messages, as far as they may be read.
    SendMessages,
    /// Change templates and follow-up rules.
    ManageRules,
    /// Take files out of the logs that may be read.
    Export,
    /// Erase entries and people, set and release legal holds.
    Erase,
    /// Say how long logs are kept.
    ManageRetention,
    /// See bulk operations and their items.
    ReadOperations,
    /// Ask bulk operations to wait, go on or end, and take them back.
    ManageOperations,
}

impl Role {
    /// Every role, most powerful first.
    pub const ALL: [Self; 6] = [
        Self::SuperAdmin,
        Self::Admin,
        Self::Manager,
        Self::StoreKeeper,
        Self::Staff,
        Self::Auditor,
    ];

    /// The id in code, API and query language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::StoreKeeper => "store_keeper",
            Self::Staff => "staff",
            Self::Auditor => "auditor",
        }
    }

    /// Which activities it reads.
    pub const fn activity_access(self) -> ActivityAccess {
        match self {
            Self::SuperAdmin | Self::Admin | Self::Manager | Self::Auditor => ActivityAccess::All,
            Self::StoreKeeper => ActivityAccess::Categories(CategorySet::of(&[
                Category::Products,
                Category::Inventory,
            ])),
            Self::Staff => ActivityAccess::AssignedOrders,
        }
    }

    /// Whether it reads messages of orders assigned to the person only.
    pub const fn reads_assigned_messages_only(self) -> bool {
        matches!(self, Self::Staff)
    }

    /// Whether personal data is hidden from it.
    pub const fn is_masked(self) -> bool {
        matches!(self, Self::Auditor)
    }

    /// Whether what is hidden from it must not even be countable: opaque cursors, no seq, proof or size.
    pub const fn is_restricted(self) -> bool {
        matches!(self, Self::StoreKeeper | Self::Staff)
    }

    /// Whether it may do `what`.
    pub const fn may(self, what: Permission) -> bool {
        use Permission as P;
        match what {
            P::ManageSuperAdmins => matches!(self, Self::SuperAdmin),
            P::ManageUsers | P::ManageKeys | P::ManageSettings | P::ManageSample | P::Record => {
                matches!(self, Self::SuperAdmin | Self::Admin)
            }
            P::ReadLedger => !self.is_restricted(),
            P::ReadMessages => !matches!(self, Self::StoreKeeper),
            P::SendMessages => !matches!(self, Self::StoreKeeper | Self::Auditor),
            P::Export => !matches!(self, Self::Staff),
            P::Erase | P::ManageRetention => matches!(self, Self::SuperAdmin | Self::Admin),
            P::ManageRules | P::ManageOperations => {
                matches!(self, Self::SuperAdmin | Self::Admin | Self::Manager)
            }
            P::ReadOrders | P::ReadOperations => matches!(
                self,
                Self::SuperAdmin | Self::Admin | Self::Manager | Self::Auditor
            ),
        }
    }

    /// Which exports it reads.
    pub const fn export_access(self) -> ExportAccess {
        match self {
            Self::SuperAdmin | Self::Admin => ExportAccess::All,
            Self::Manager => ExportAccess::Team,
            Self::StoreKeeper | Self::Auditor => ExportAccess::Own,
            Self::Staff => ExportAccess::None,
        }
    }

    /// Whether it sees every row, and every field of it, that a file of `source` built with the role `built`
    /// may hold. Secrets among messages are for super admins only; what staff see depends on the person.
    pub const fn covers(self, built: Self, source: crate::export::Source) -> bool {
        use crate::export::Source;
        match self {
            Self::SuperAdmin => true,
            Self::Admin | Self::Manager => {
                !matches!(built, Self::SuperAdmin)
                    || !matches!(source, Source::Messages | Source::Threads)
            }
            Self::StoreKeeper => {
                matches!(built, Self::StoreKeeper) && matches!(source, Source::Activity)
            }
            Self::Auditor => matches!(built, Self::Auditor),
            Self::Staff => false,
        }
    }

    /// Whether it reads entries of that log at all.
    pub const fn reads(self, source: crate::export::Source) -> bool {
        use crate::export::Source;
        match source {
            Source::Activity => true,
            Source::Messages | Source::Threads => self.may(Permission::ReadMessages),
            Source::Orders | Source::Customers => self.may(Permission::ReadOrders),
        }
    }

    /// Whether a person of this role may give, change or take away `other`.
    pub const fn may_assign(self, other: Self) -> bool {
        match other {
            Self::SuperAdmin => self.may(Permission::ManageSuperAdmins),
            _ => self.may(Permission::ManageUsers),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or(())
    }
}
