//! Random activities: every kind of actor, text in both scripts, signs that mean something to a database.

use crate::dice::Dice;
use crate::harness::{reference, start};
use chrono::Duration;
use domain::{
    Action, Activity, Actor, ActorType, Category, CategorySet, Change, Origin, Outcome, Reference,
    RuleReference,
};
use serde_json::json;

/// What names a customer, as it is recorded: an auditor never sees any of it.
pub const PERSONAL: [&str; 17] = [
    "Noura Al-Otaibi",
    "Al-Otaibi",
    "noura@mail.example",
    "نورة العتيبي",
    "العتيبي",
    "O'Brien_100%",
    "İpek \"Q\" \\ Yılmaz",
    "c_1001",
    "+966 55 123 4567",
    "203.0.113.7",
    "2001:db8::7",
    "198.51.100.77",
    "10.1.2.3",
    "Olaya Street 7",
    "@maisonnoor.example",
    "Galaxy S24",
    "iPhone",
];

/// Customers by id, name and email.
const CUSTOMERS: [(Option<&str>, Option<&str>, Option<&str>); 6] = [
    (
        Some("c_1001"),
        Some("Noura Al-Otaibi"),
        Some("noura@mail.example"),
    ),
    (Some("c_1002"), Some("نورة العتيبي"), None),
    (Some("17"), Some("Li"), Some("li@mail.example")),
    (Some("c_%_\\"), Some("O'Brien_100%"), None),
    (
        None,
        Some("İpek \"Q\" \\ Yılmaz"),
        Some("ipek@mail.example"),
    ),
    (None, None, Some("Anonymous.Buyer@Mail.example")),
];

const WORKERS: [(&str, &str, &str, &str); 6] = [
    ("u_1", "Sara Nasser", "sara@maisonnoor.example", "manager"),
    (
        "u_2",
        "Ömer ÇELİK",
        "omer@maisonnoor.example",
        "Store Keeper",
    ),
    ("u_3", "أحمد السَّالم", "ahmad@maisonnoor.example", "مدير"),
    (
        "lina@maisonnoor.example",
        "Lina",
        "lina@maisonnoor.example",
        "staff",
    ),
    ("u_5", "role:boss", "boss@maisonnoor.example", "role:boss"),
    ("customer", "Sara", "sara2@maisonnoor.example", ""),
];

const ACTIONS: [(&str, &[Category]); 22] = [
    ("product.updated", &[]),
    ("product.created", &[]),
    ("product.hidden", &[]),
    ("stock.adjusted", &[]),
    ("order.created", &[]),
    ("order.status_changed", &[]),
    ("order.status_changed", &[]),
    ("order.refunded", &[]),
    ("coupon.created", &[]),
    ("special_offer.activated", &[]),
    ("customer.updated", &[]),
    ("customer.signed_in", &[]),
    ("expense.recorded", &[]),
    ("tag.bulk_updated", &[]),
    ("cogs.updated", &[]),
    ("settings.updated", &[]),
    ("webhook.failed", &[]),
    ("message.sent", &[]),
    ("parcel.weighed", &[Category::Other]),
    // The same name in other categories is another action.
    ("parcel.weighed", &[Category::Inventory]),
    ("price.imported", &[Category::Products, Category::Finance]),
    (
        "product_2.rated",
        &[Category::Products, Category::Inventory],
    ),
];

const NAMES: [&str; 12] = [
    "Linen shirt",
    "LINEN  SHIRT, long",
    "قميص كتان",
    "عَبَاءَة سوداء",
    "50% off_now",
    "back\\slash \"quoted\"",
    "emoji 🧵 thread 👩🏽‍🚀",
    "'; DROP TABLE activity; --",
    "a",
    "Straße ẞ ΣΑΣ",
    "٢٠٢٦ edition",
    "tab\tand\nline",
];

const TEXTS: [&str; 12] = [
    "Price changed from 120 to 99.50",
    "تم تغيير السعر من ١٢٠ إلى ٩٩",
    "Called Noura Al-Otaibi at +966 55 123 4567",
    "Sent to noura@mail.example from 203.0.113.7",
    "100% done_now \\ \"quoted\" 'single'",
    "🧵🧵🧵",
    "x",
    "نُورَة العتيبي طلبت التوصيل إلى Olaya Street 7",
    "%",
    "Imported _ by * hand: category:products -not",
    "line one\nline two\r\n\tline three",
    "NULL",
];

const IPS: [&str; 6] = [
    "203.0.113.7",
    "10.1.2.3",
    "198.51.100.77",
    "2001:db8::7",
    "2001:db8:0:1::1",
    "::ffff:10.1.2.3",
];

/// Of these a browser is known by its system, one by a tool, one by nothing.
const AGENTS: [&str; 4] = [
    "Galaxy S24",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "curl/8.9.1",
];

fn actor(dice: &mut Dice) -> Actor {
    let owned = |text: &str| Some(text.to_owned());
    match dice.below(10) {
        0..5 => {
            let (id, name, email, role) = *dice.pick(&WORKERS);
            Actor {
                kind: ActorType::User,
                id: owned(id).filter(|_| dice.chance(90)),
                name: owned(name).filter(|_| dice.chance(90)),
                email: owned(email).filter(|_| dice.chance(80)),
                role: owned(role).filter(|_| dice.chance(80)),
            }
        }
        5..8 => {
            let (id, name, email) = *dice.pick(&CUSTOMERS);
            Actor {
                kind: ActorType::Customer,
                id: id.map(str::to_owned),
                name: name.map(str::to_owned),
                email: email.map(str::to_owned),
                role: dice.maybe(20, &["vip", "wholesale"]),
            }
        }
        8 => Actor {
            kind: *dice.pick(&[ActorType::ApiKey, ActorType::Rule]),
            id: dice.maybe(80, &["k_1", "r_100%", "k_1 "]),
            name: dice.maybe(80, &["webshop", "VIP_tag 100%"]),
            email: None,
            role: dice.maybe(40, &["admin", "manager"]),
        },
        _ => Actor::system(),
    }
}

/// Something by type and id; a customer or contact is one who is known.
fn thing(dice: &mut Dice, action: &str) -> Reference {
    let kind = match action {
        "order.status_changed" | "order.created" | "order.refunded" if dice.chance(90) => "order",
        "customer.updated" if dice.chance(80) => "customer",
        _ => dice.pick(&[
            "product", "order", "customer", "contact", "coupon", "basket_2",
        ]),
    };
    match kind {
        "customer" | "contact" => {
            let (id, name, _) = CUSTOMERS[dice.below(4)];
            Reference {
                kind: kind.to_owned(),
                id: id.unwrap_or("c_none").to_owned(),
                name: name.map(str::to_owned).filter(|_| dice.chance(80)),
            }
        }
        "order" => reference("order", &format!("o_{}", dice.below(6)), "Order"),
        _ => Reference {
            kind: kind.to_owned(),
            id: format!(
                "{}{}",
                dice.pick(&["p_", "P_", "ص_", "p/%_\\"]),
                dice.below(8)
            ),
            name: dice.maybe(80, &NAMES),
        },
    }
}

/// One random activity of the twenty days before the start.
pub fn random(dice: &mut Dice) -> Activity {
    let (name, own) = *dice.pick(&ACTIONS);
    let categories = match Action::shipped(name) {
        Some(shipped) => shipped.categories,
        None => CategorySet::of(own),
    };
    // Many share their second and some their microsecond.
    let mut ago = Duration::seconds(dice.below(20 * 24 * 3_600) as i64);
    if dice.chance(50) {
        ago = Duration::hours(ago.num_hours()) + Duration::microseconds(dice.below(2) as i64);
    }
    let outcome = match dice.below(10) {
        0..7 => Outcome::Success,
        7 => Outcome::Pending,
        _ => Outcome::Failed,
    };
    let mut item = Activity {
        action: Action {
            name: name.to_owned(),
            categories,
        },
        outcome,
        occurred_at: start() - ago - Duration::microseconds(1),
        actor: actor(dice),
        subject: dice.chance(85).then(|| thing(dice, name)),
        description: None,
        changes: Vec::new(),
        origin: Origin {
            ip: dice.maybe(60, &IPS).map(|ip| {
                let ip: std::net::IpAddr = ip.parse().expect("an address");
                ip.to_canonical()
            }),
            user_agent: dice.maybe(30, &AGENTS),
            trace_id: dice.maybe(30, &["4bf92f35", "4BF9", "trace %_"]),
        },
        related: (0..dice.below(4)).map(|_| thing(dice, "")).collect(),
        operation_id: dice.maybe(20, &["op_7", "op_77", "Öp"]),
        rule: dice.chance(20).then(|| RuleReference {
            id: dice.maybe(50, &["r_1", "r_100%"]),
            name: (*dice.pick(&["VIP tag", "VIP_tag 100%", "وسم"])).to_owned(),
        }),
        error: (outcome == Outcome::Failed).then(|| (*dice.pick(&NAMES)).to_owned()),
        details: None,
    };
    // Where a text names the first or second customer, the entry says that it concerns them.
    let text = dice.maybe(70, &TEXTS);
    if let Some(text) = &text {
        if text.contains("Noura") || text.contains("noura@") {
            item.related
                .push(reference("customer", "c_1001", "Noura Al-Otaibi"));
        }
        if text.contains("العتيبي") {
            item.related
                .push(reference("customer", "c_1002", "نورة العتيبي"));
            item.details = Some(json!({"address": "Olaya Street 7"}));
        }
        item.description = Some(text.replace(" إلى Olaya Street 7", ""));
    }
    if dice.chance(30) {
        item.details = Some(json!({
            "note": dice.pick(&NAMES), "shipping": {"street": "Olaya Street 7", "floor": 3},
            "flags": [true, null, 1.5],
        }));
    }
    if dice.chance(40) {
        item.changes = vec![
            Change {
                field: "price".to_owned(),
                before: json!(dice.below(500)),
                after: json!(*dice.pick(&NAMES)),
            },
            Change {
                field: "customer_phone".to_owned(),
                before: json!(null),
                after: json!("+966 55 123 4567"),
            },
        ];
    }
    item
}
