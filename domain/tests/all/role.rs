use domain::Permission::{
    ManageKeys, ManageSample, ManageSettings, ManageSuperAdmins, ManageUsers, ReadLedger,
    ReadOperations, ReadOrders, Record, Revert,
};
use domain::export::Source;
use domain::{
    Access, ActivityAccess, Category, CategorySet, MessageAccess, OwnRole, PermissionSet, Role,
};

const PERMISSIONS: [domain::Permission; 10] = [
    Record,
    ManageUsers,
    ManageSuperAdmins,
    ManageKeys,
    ManageSettings,
    ManageSample,
    ReadLedger,
    ReadOrders,
    ReadOperations,
    Revert,
];

#[test]
fn each_role_may_what_the_table_says_and_nothing_else() {
    let table = Role::ALL.map(|role| {
        let marks: String = PERMISSIONS
            .iter()
            .map(|what| if role.may(*what) { " yes" } else { "  - " })
            .collect();
        format!("{:<12}{}", role.as_str(), marks.trim_end())
    });
    // record, users, super admins, keys, settings, sample, ledger, orders, operations, to revert
    assert_eq!(
        table,
        [
            "super_admin  yes yes yes yes yes yes yes yes yes yes",
            "admin        yes yes  -  yes yes yes yes yes yes yes",
            "manager       -   -   -   -   -   -  yes yes yes yes",
            "store_keeper  -   -   -   -   -   -   -   -   -   -",
            "staff         -   -   -   -   -   -   -   -   -   -",
            "auditor       -   -   -   -   -   -  yes yes yes  -",
        ]
    );
}

#[test]
fn only_a_super_admin_makes_super_admins_and_only_admins_make_anyone() {
    for role in Role::ALL {
        for other in Role::ALL {
            let may = match (role, other) {
                (Role::SuperAdmin, _) => true,
                (Role::Admin, Role::SuperAdmin) => false,
                (Role::Admin, _) => true,
                _ => false,
            };
            assert_eq!(role.may_assign(other), may, "{role} gives {other}");
        }
    }
}

#[test]
fn each_role_reads_the_activities_that_the_glossary_names() {
    let keeper = CategorySet::of(&[Category::Products, Category::Inventory]);
    for (role, access, is_masked, is_restricted) in [
        (Role::SuperAdmin, ActivityAccess::All, false, false),
        (Role::Admin, ActivityAccess::All, false, false),
        (Role::Manager, ActivityAccess::All, false, false),
        (
            Role::StoreKeeper,
            ActivityAccess::Categories(keeper),
            false,
            true,
        ),
        (Role::Staff, ActivityAccess::AssignedOrders, false, true),
        (Role::Auditor, ActivityAccess::All, true, false),
    ] {
        assert_eq!(role.activity_access(), access, "{role}");
        assert_eq!(role.is_masked(), is_masked, "{role}");
        assert_eq!(role.is_restricted(), is_restricted, "{role}");
    }
}

#[test]
fn a_store_keeper_sees_no_coupon_and_nothing_that_stands_in_finance_too() {
    let ActivityAccess::Categories(open) = Role::StoreKeeper.activity_access() else {
        panic!("a store keeper reads by category");
    };
    for (action, is_open) in [
        ("product.updated", true),
        ("stock.adjusted", true),
        ("coupon.created", false),
        ("cogs.updated", false),
        ("settings.updated", false),
        ("user.invited", false),
    ] {
        let shipped = domain::Action::shipped(action).unwrap();
        assert_eq!(shipped.categories.is_within(open), is_open, "{action}");
    }
    let mixed = CategorySet::of(&[Category::Products, Category::Finance]);
    assert!(!mixed.is_within(open));
    assert!(!CategorySet::of(&[Category::Other]).is_within(open));
}

#[test]
fn a_file_is_open_to_whose_role_reads_all_that_it_may_hold() {
    let own = |access| Role::Own(OwnRole { number: 1, access });
    let manager = Role::Manager.access();
    let without_events = own(Access {
        activity: ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
        ..manager
    });
    let without_messages = own(Access {
        messages: MessageAccess::Nothing,
        permissions: PermissionSet::of(&[ReadOrders]),
        ..manager
    });
    let assigned = own(Access {
        messages: MessageAccess::AssignedOrders,
        ..manager
    });
    let open = |role: Role, built: Role| {
        let open = Source::ALL
            .iter()
            .filter(|source| role.covers(built, **source));
        open.map(|source| source.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let manager = Role::Manager;
    for (role, built, sources) in [
        (
            manager,
            manager,
            "activity messages threads orders customers",
        ),
        (Role::Auditor, manager, ""),
        (manager, Role::SuperAdmin, "activity orders customers"),
        // Threads tell what happened to their orders.
        (without_events, manager, "messages orders customers"),
        // Orders tell how many messages there are, and which of them wait for an answer.
        (without_messages, manager, "activity customers"),
        (
            without_messages,
            without_messages,
            "activity orders customers",
        ),
        (
            manager,
            without_messages,
            "activity messages threads orders customers",
        ),
        (assigned, manager, ""),
    ] {
        assert_eq!(open(role, built), sources, "{role} opens what {built} made");
    }
    // Who reads assigned orders alone opens what they asked for themselves, unless it holds more than they see now.
    assert_eq!(open(assigned, assigned), "");
    assert!(assigned.covers_own(assigned, Source::Orders));
    assert!(!assigned.covers_own(manager, Source::Orders));
}

#[test]
fn a_roles_name_reads_back() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
    }
    assert_eq!("Super Admin".parse::<Role>(), Err(()));
}

#[test]
fn every_shipped_action_is_well_formed_has_a_category_and_stands_once() {
    let mut names: Vec<&str> = domain::SHIPPED_ACTIONS.iter().map(|a| a.name).collect();
    for action in domain::SHIPPED_ACTIONS {
        assert!(
            domain::Action::is_well_formed(action.name),
            "{}",
            action.name
        );
        assert!(!action.categories.is_empty(), "{}", action.name);
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
