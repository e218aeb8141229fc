use crate::samples::{activity, facts, with};
use domain::{
    Clause, Facts, Filter, IpRange, MASK, Pattern, SubjectPattern, Test, fold, mask_activity,
    search_text,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An order placed by a customer who is named all over it.
fn order_of_noura() -> Value {
    json!({
        "action": "order.created",
        "actor": {"type": "customer", "id": "c_991", "name": "Noura Al-Otaibi", "email": "noura@mail.example"},
        "subject": {"type": "order", "id": "1042", "name": "Order of noura al-otaibi"},
        "related": [{"type": "customer", "id": "c_991", "name": "Noura Al-Otaibi"}],
        "description": "NOURA AL-OTAIBI (noura@mail.example, +966 55 123 4567) ordered from 203.0.113.7",
        "error": "mail to <Noura@Mail.example> bounced",
        "rule": "Greet Noura Al-Otaibi",
        "changes": [
            {"field": "shipping_address", "before": null, "after": {"street": "King Fahd Road"}},
            {"field": "note", "before": "", "after": "Call Noura before 9"}
        ],
        "ip": "203.0.113.7", "user_agent": "Mozilla/5.0 (Noura's phone)",
        "details": {"phone": "0551234567", "items": 3}
    })
}

#[test]
fn an_auditor_reads_nothing_that_names_the_customer() {
    let masked = mask_activity(&activity(&order_of_noura()));
    let shown = format!("{masked:?}").to_lowercase();
    for secret in [
        "noura",
        "otaibi",
        "c_991",
        "mail.example",
        "203.0.113",
        "551234567",
        "123 4567",
        "king fahd",
        "mozilla",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_eq!(masked.subject.unwrap().id, "1042");
    assert_eq!(masked.description.unwrap().matches(MASK).count(), 4);
    assert_eq!(masked.details, Some(json!({"phone": MASK, "items": MASK})));
}

#[test]
fn an_auditor_finds_nothing_by_what_names_the_customer() {
    let record = Facts::new(
        "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".parse().unwrap(),
        activity(&order_of_noura()),
    );
    let text = |text: &str| Test::Text(fold(text));
    for test in [
        text("noura"),
        text("Al-Otaibi"),
        text("noura@mail"),
        text("mail.example"),
        text("203.0.113.7"),
        text("123 4567"),
        text("0551234567"),
        text("c_991"),
        Test::Actor(vec![Pattern::exact("noura")]),
        Test::Actor(vec![Pattern::prefix("nou")]),
        Test::Actor(vec![Pattern::exact("c_991")]),
        Test::Actor(vec![Pattern::exact("noura@mail.example")]),
        Test::About(vec![Pattern::exact("customer/c_991")]),
        Test::Subject(vec![SubjectPattern::Any(Pattern::prefix("order of"))]),
        Test::Rule(vec![Pattern::prefix("greet noura")]),
        Test::Ip(vec![IpRange::parse("203.0.113.0/24").unwrap()]),
        Test::Has(domain::Has::IP),
    ] {
        let filter = Filter {
            clauses: vec![Clause {
                is_negated: false,
                test,
            }],
        };
        assert!(filter.matches(&record, false), "{filter:?}");
        assert!(!filter.matches(&record, true), "{filter:?}");
    }
    for test in [
        text("order created"),
        Test::Order(vec![Pattern::exact("1042")]),
        Test::Actor(vec![Pattern::exact("customer")]),
        Test::Subject(vec![SubjectPattern::TypeAndId(Pattern::exact(
            "order/1042",
        ))]),
    ] {
        let filter = Filter {
            clauses: vec![Clause {
                is_negated: false,
                test,
            }],
        };
        assert!(filter.matches(&record, true), "{filter:?}");
    }
}

#[test]
fn an_auditor_finds_nothing_by_a_device() {
    let mut order = order_of_noura();
    order["user_agent"] = json!(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
    );
    let record = facts(&order);
    for (text, is_found) in [
        ("iphone", true),
        ("Safari on iPhone", true),
        ("chrome", false),
    ] {
        let filter = |is_negated| Filter {
            clauses: vec![Clause {
                is_negated,
                test: Test::Device(vec![Pattern::exact(text)]),
            }],
        };
        assert_eq!(filter(false).matches(&record, false), is_found, "{text}");
        assert_eq!(filter(true).matches(&record, false), !is_found, "{text}");
        assert!(!filter(false).matches(&record, true), "{text}");
        assert!(filter(true).matches(&record, true), "{text}");
    }
}

#[test]
fn a_colleagues_name_stays_and_their_address_goes() {
    let masked = mask_activity(&activity(&with(json!({}))));
    assert_eq!(masked.actor.name.as_deref(), Some("Sara Nasser"));
    assert_eq!(masked.actor.id.as_deref(), Some("u_17"));
    assert_eq!(masked.actor.email.as_deref(), Some(MASK));
    assert_eq!(masked.origin.ip, None);
    let by_address = with(json!({"actor": {"type": "user", "id": "sara@store.example"}}));
    let masked = mask_activity(&activity(&by_address));
    assert_eq!(masked.actor.id.as_deref(), Some(MASK));
    assert!(
        !search_text(&activity(&by_address))
            .open
            .contains("store.example")
    );
}

#[test]
fn a_product_keeps_its_name_its_price_and_its_barcode() {
    let value = with(json!({
        "subject": {"type": "product", "id": "0123456789012", "name": "Linen shirt"},
        "changes": [{"field": "price", "before": 120, "after": 95}],
        "related": [{"type": "customer", "id": "17", "name": "Linen House"}],
        "description": "Price changed from 17 to 20"
    }));
    let masked = mask_activity(&activity(&value));
    assert_eq!(masked.subject, activity(&value).subject);
    assert_eq!(masked.changes, activity(&value).changes);
    assert_eq!(
        masked.description.as_deref(),
        Some("Price changed from 17 to 20")
    );
}

#[test]
fn no_word_of_a_customers_name_stands_in_the_name_of_something_related() {
    let noura = json!({"type": "customer", "id": "c_991", "name": "Noura Al-Otaibi"});
    let linen = json!({"type": "contact", "id": "c_992", "name": "Linen House"});
    let related = json!([
        noura, linen,
        {"type": "order", "id": "1042", "name": "Order of Noura"},
        {"type": "invoice", "id": "77", "name": "77: AL-OTAIBI, c_991"},
        {"type": "message", "id": "m_1", "name": "To noura's address"},
        {"type": "product", "id": "p_1", "name": "Linen shirt"},
        {"type": "product", "id": "p_2", "name": "Shirt of Noura Al-Otaibi"},
        {"type": "coupon", "id": "k_1", "name": "Summer"},
    ]);
    let masked = mask_activity(&activity(&with(json!({ "related": related }))));
    let names: Vec<_> = masked.related.iter().map(|r| r.name.as_deref()).collect();
    let names: Vec<_> = names.into_iter().flatten().collect();
    assert_eq!(
        names,
        [
            MASK,
            MASK,
            "Order of •••",
            "77: •••, •••",
            "To •••'s address",
            "Linen shirt",
            "Shirt of •••",
            "Summer",
        ]
    );
    assert_eq!(masked.related[2].id, "1042");
    // The same where the customer is the subject or who acted.
    for named in [
        json!({"subject": noura}),
        json!({"actor": {"type": "customer", "id": "c_991", "name": "Noura Al-Otaibi"}}),
    ] {
        let mut value = with(named);
        value["related"] = json!([{"type": "order", "id": "1042", "name": "Order of Noura"}]);
        let masked = mask_activity(&activity(&value));
        assert_eq!(masked.related[0].name.as_deref(), Some("Order of •••"));
    }
}

#[test]
fn what_is_hidden_stays_findable_for_those_who_may_see_it() {
    let text = search_text(&activity(&order_of_noura()));
    for word in [
        "noura al-otaibi",
        "noura@mail.example",
        "203.0.113.7",
        "0551234567",
        "order 1042",
    ] {
        assert_eq!(text.contains(word, false), word != "order 1042", "{word}");
    }
    assert!(text.contains("items 3", false));
}

#[test]
fn a_search_never_runs_from_one_field_into_the_next() {
    let record = facts(&with(json!({"description": "red", "error": "green"})));
    assert!(!record.text.contains("red green", false));
    assert!(record.text.contains("red", false) && record.text.contains("green", false));
}

/// Names that occur nowhere else in an activity.
fn name() -> impl Strategy<Value = String> {
    "[A-Z][qxz]{2,5}[a-zé]{0,3}( [QXZ][qxz]{3,6})?|[قظض]{3,6}ة?( [غذث]{4,6})?"
}

proptest! {
    #[test]
    fn no_address_customer_or_ip_is_in_the_open_part(
        name in name(), local in "[qxz]{3,8}", ip in any::<[u8; 4]>(), kind in 0..3, before in "[ a-z]{0,8}", after in "[ .,a-z]{0,8}",
        shout in any::<bool>(),
    ) {
        let email = format!("{local}@host.example");
        let ip = std::net::Ipv4Addr::from(ip).to_string();
        let spoken = if shout { name.to_uppercase() } else { name.clone() };
        let text = format!("{before}{spoken} {email},{ip} {after}{email}{after}");
        let mut value = json!({
            "action": "order.created", "description": text, "error": text, "rule": format!("For {name}"),
            "subject": {"type": "order", "id": "1", "name": format!("{before} {name}")},
            "ip": ip, "details": {"who": name}, "changes": [{"field": "note", "after": text}],
            "actor": {"type": "user", "id": email, "name": email, "email": email},
        });
        match kind {
            0 => value["actor"] = json!({"type": "customer", "id": "c_1", "name": name, "email": email}),
            1 => value["subject"] = json!({"type": "customer", "id": email, "name": name}),
            _ => value["related"] = json!([{"type": "contact", "id": email, "name": name}]),
        }
        let activity = activity(&value);
        let open = search_text(&activity).open;
        let keys = activity.actor.keys().into_iter().filter(|k| !k.is_personal).map(|k| k.text);
        let terms = activity.terms().into_iter().filter(|t| !t.is_personal).map(|t| t.text);
        let findable: Vec<String> = keys.chain(terms).chain([open]).collect();
        let shown = fold(&format!("{:?}", mask_activity(&activity)));
        for secret in [&name, &email, &ip].map(|secret| fold(secret)) {
            prop_assert!(findable.iter().all(|text| !text.contains(&secret)), "{secret} in {findable:?}");
            prop_assert!(!shown.contains(&secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn a_masked_reader_never_finds_more(text in "[a-z0-9@.]{1,4}") {
        let record = Facts::new("0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".parse().unwrap(), activity(&order_of_noura()));
        if record.text.contains(&text, true) {
            prop_assert!(record.text.contains(&text, false));
        }
    }

    #[test]
    fn folding_twice_changes_nothing_and_leaves_single_spaces(text in any::<String>()) {
        let folded = fold(&text);
        prop_assert_eq!(&fold(&folded), &folded);
        prop_assert!(!folded.contains("  ") && !folded.contains('\n') && folded.trim() == folded);
    }
}

#[test]
fn an_auditor_neither_reads_nor_finds_what_a_message_says() {
    let sent = activity(&json!({
        "action": "message.sent", "description": "Your blood test is ready",
        "subject": {"type": "message", "id": "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"},
    }));
    assert_eq!(mask_activity(&sent).description.as_deref(), Some(MASK));
    let text = search_text(&sent);
    assert!(!text.contains("blood", true), "{text:?}");
    assert!(text.contains("blood", false), "{text:?}");
    // Of anything else only what is personal is hidden.
    let other = activity(&json!({
        "action": "product.updated", "description": "Price changed", "subject": {"type": "product", "id": "p_1"},
    }));
    assert_eq!(
        mask_activity(&other).description.as_deref(),
        Some("Price changed")
    );
}
