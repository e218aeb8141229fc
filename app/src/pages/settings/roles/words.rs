//! What a role opens, in words.

use crate::activity::words::category_label;
use crate::i18n::{Locale, tr};
use domain::{Access, ActivityAccess, MessageAccess, Permission};

/// Which activities are read.
pub fn activity_words(locale: Locale, access: ActivityAccess) -> String {
    match access {
        ActivityAccess::All => tr!(locale, access.roles.activity_all).to_owned(),
        ActivityAccess::AssignedOrders => tr!(locale, access.roles.activity_assigned).to_owned(),
        ActivityAccess::Nothing => tr!(locale, access.roles.activity_none).to_owned(),
        ActivityAccess::Categories(categories) => {
            let names: Vec<_> = categories
                .iter()
                .map(|category| category_label(locale, category))
                .collect();
            let names = names.join(tr!(locale, common.and));
            tr!(locale, access.roles.activity_some, names = names)
        }
    }
}

/// Which messages are read.
pub fn message_words(locale: Locale, access: MessageAccess) -> &'static str {
    match access {
        MessageAccess::All => tr!(locale, access.roles.messages_all),
        MessageAccess::AssignedOrders => tr!(locale, access.roles.messages_assigned),
        MessageAccess::Nothing => tr!(locale, access.roles.messages_none),
    }
}

/// Whether personal data is seen.
pub fn personal_words(locale: Locale, access: Access) -> &'static str {
    if access.is_masked {
        tr!(locale, access.roles.masked)
    } else {
        tr!(locale, access.roles.clear)
    }
}

/// A permission as something that one may do.
pub fn permission_words(locale: Locale, permission: Permission) -> &'static str {
    use Permission as P;
    match permission {
        P::ReadOrders => tr!(locale, access.may.read_orders),
        P::ReadMessages => tr!(locale, access.may.read_messages),
        P::ReadSecrets => tr!(locale, access.may.read_secrets),
        P::SendMessages => tr!(locale, access.may.send_messages),
        P::Export => tr!(locale, access.may.export),
        P::ExportAll => tr!(locale, access.may.export_all),
        P::ReadOperations => tr!(locale, access.may.read_operations),
        P::Revert => tr!(locale, access.may.revert),
        P::ManageRules => tr!(locale, access.may.manage_rules),
        P::ReadLedger => tr!(locale, access.may.read_ledger),
        P::ReadSecurity => tr!(locale, access.may.read_security),
        P::ReadRequests => tr!(locale, access.may.read_requests),
        P::Record => tr!(locale, access.may.record),
        P::Erase => tr!(locale, access.may.erase),
        P::ManageRetention => tr!(locale, access.may.manage_retention),
        P::ManageUsers => tr!(locale, access.may.manage_users),
        P::ManageRoles => tr!(locale, access.may.manage_roles),
        P::ManageKeys => tr!(locale, access.may.manage_keys),
        P::ManageSettings => tr!(locale, access.may.manage_settings),
        P::ManageSample => tr!(locale, access.may.manage_sample),
        P::ManageSuperAdmins => tr!(locale, access.may.manage_super_admins),
        P::ManageWebhooks => tr!(locale, access.may.manage_webhooks),
    }
}
