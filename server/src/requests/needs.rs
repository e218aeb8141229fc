//! Which permission a call needs, by its route: so that the security log says of a denial what was not allowed.

use domain::Permission;

/// The server functions that change something, of those whose neighbours only read.
const WRITING: [&str; 12] = [
    "messages/again",
    "messages/send",
    "messages/stop",
    "messages/release",
    "messages/restart",
    "operations/ask",
    "operations/end",
    "operations/plan-revert",
    "operations/revert",
    "connections/make",
    "connections/switch",
    "connections/delete",
];

/// The permission; none for a route of which one alone does not say it.
pub(super) fn needs(method: &str, route: &str) -> Option<Permission> {
    use Permission as P;
    let (place, is_writing) = if let Some(place) = route.strip_prefix("/api/v1/") {
        (place, !matches!(method, "GET" | "HEAD"))
    } else {
        let place = ["/fn/", "/settings/", "/"]
            .into_iter()
            .find_map(|start| route.strip_prefix(start))?;
        (place, WRITING.iter().any(|call| place.starts_with(call)))
    };
    // What these need depends on what is told: something to be done, or something that was done elsewhere.
    if is_writing && matches!(place, "messages" | "exports") || place == "orders/templates" {
        return None;
    }
    let noun = place.split(['/', '-']).next()?;
    Some(match (noun, is_writing) {
        ("messages", _) if place == "messages/unmatched" => P::ManageRules,
        ("security", _) => P::ReadSecurity,
        ("requests", _) => P::ReadRequests,
        ("ledger", _) => P::ReadLedger,
        ("messages" | "orders" | "customers", false) => P::ReadMessages,
        ("messages", true) if place.ends_with("/events") => P::Record,
        ("messages", true) => P::SendMessages,
        ("operations", false) => P::ReadOperations,
        ("operations", true)
            if ["revert", "ask"].iter().any(|end| place.ends_with(end))
                || place == "operations/end" =>
        {
            P::Revert
        }
        ("activities" | "orders" | "customers" | "operations", true) => P::Record,
        ("exports" | "schedules", _) => P::Export,
        ("erase" | "holds", _) => P::Erase,
        ("retention", _) => P::ManageRetention,
        ("templates", false) if route.starts_with("/api/") => P::SendMessages,
        ("rules" | "rule" | "reported" | "templates" | "template" | "why", _) => P::ManageRules,
        ("webhooks", _) | ("connections", false) => P::ManageWebhooks,
        ("connect" | "keys" | "key", _) | ("connections", true) => P::ManageKeys,
        ("users" | "user", _) => P::ManageUsers,
        ("roles" | "role", _) => P::ManageRoles,
        ("store", _) if place == "store-add" => P::ManageSuperAdmins,
        ("store" | "policy" | "protection" | "targets" | "target", _) => P::ManageSettings,
        ("sample", _) => P::ManageSample,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission as P;

    #[test]
    fn a_page_its_function_and_its_call_need_the_same() {
        for route in ["/security", "/fn/security/list", "/api/v1/security/{id}"] {
            assert_eq!(needs("GET", route), Some(P::ReadSecurity), "{route}");
        }
        for route in ["/settings/rules/{id}", "/fn/rule-save", "/api/v1/rules"] {
            assert_eq!(needs("POST", route), Some(P::ManageRules), "{route}");
        }
        for route in ["/fn/messages/unmatched", "/api/v1/messages/unmatched"] {
            assert_eq!(needs("GET", route), Some(P::ManageRules), "{route}");
        }
    }

    #[test]
    fn changing_needs_another_permission_than_reading() {
        for (method, route, needed) in [
            ("GET", "/api/v1/messages", P::ReadMessages),
            ("POST", "/api/v1/messages/{id}/stop", P::SendMessages),
            ("POST", "/api/v1/messages/{id}/release", P::SendMessages),
            ("POST", "/api/v1/messages/{id}/events", P::Record),
            ("GET", "/api/v1/templates", P::SendMessages),
            ("PUT", "/api/v1/templates/{name}", P::ManageRules),
            ("POST", "/fn/messages/list", P::ReadMessages),
            ("POST", "/fn/store-save", P::ManageSettings),
            ("POST", "/fn/store-add", P::ManageSuperAdmins),
            ("POST", "/fn/messages/stop-several", P::SendMessages),
            ("POST", "/fn/messages/release", P::SendMessages),
            ("PUT", "/api/v1/orders/{number}", P::Record),
            ("POST", "/api/v1/operations", P::Record),
            ("POST", "/api/v1/operations/{id}/revert", P::Revert),
            ("POST", "/fn/operations/end", P::Revert),
        ] {
            assert_eq!(needs(method, route), Some(needed), "{method} {route}");
        }
    }

    #[test]
    fn of_other_routes_nothing_is_claimed() {
        for route in ["", "/", "/fn/find/all", "/api/v1/activities", "/sign-in"] {
            assert_eq!(needs("GET", route), None, "{route}");
        }
        for route in ["/api/v1/messages", "/api/v1/exports"] {
            assert_eq!(needs("POST", route), None, "{route}");
        }
    }
}
