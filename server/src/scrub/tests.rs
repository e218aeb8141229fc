use super::*;
use proptest::prelude::*;
use serde_json::json;

fn scrubber() -> Scrubber {
    Scrubber::new(&["loyalty_number".to_owned(), "zip_code".to_owned()])
}

fn json_of(value: &Value) -> String {
    scrubber().json(value.to_string().as_bytes()).text
}

#[test]
fn values_under_secret_names_are_gone_however_the_name_is_spelled() {
    for name in [
        "password",
        "newPassword",
        "new_password",
        "NEW-PASSWORD",
        "form[password]",
        "user.passwords.0",
        "accessToken",
        "csrf_token2",
        "X-Api-Key",
        "apikey",
        "client_secret",
        "Authorization",
        "Set-Cookie",
        "otp",
        "totpCode",
        "card_number",
        "customerCardNumber",
        "cardnumber",
        "loyaltyNumber",
        "zip_code",
    ] {
        assert!(scrubber().hides(name), "{name}");
        let text = json_of(&json!({ name: "hunter2-x" }));
        assert!(!text.contains("hunter2"), "{name}: {text}");
    }
}

#[test]
fn names_that_only_sound_secret_are_kept() {
    for name in [
        "description",
        "coupon_code",
        "countryCode",
        "status_code",
        "author",
        "keyboard",
        "shipping_address",
        "pinned_at",
        "q",
        "discarded",
        "monkey",
    ] {
        assert!(!scrubber().hides(name), "{name}");
    }
}

#[test]
fn what_lies_below_a_secret_name_is_gone_too() {
    let text = json_of(&json!({"credentials": {"user": "sara", "keys": ["a-secret"]}, "ok": 1}));
    assert_eq!(text, r#"{"credentials":"[scrubbed]","ok":1}"#);
}

#[test]
fn what_stands_beside_its_name_is_gone() {
    let text = json_of(&json!([
        {"field": "password", "before": "old-one", "after": "new-one"},
        {"name": "api_key", "value": "abc"},
        {"field": "price", "before": 120, "after": 95},
    ]));
    assert!(!text.contains("old-one") && !text.contains("new-one") && !text.contains("abc"));
    assert!(text.contains("95"), "{text}");
}

#[test]
fn secrets_are_found_by_their_look_wherever_they_stand() {
    let secrets = [
        "st_0123456789abcdef0123456789abcdef0123456789abcdef",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "6011000990139424",
        "shpat_0123456789abcdef0123456789abcdef",
        "shpss_0123456789abcdef0123456789abcdef",
        "shpca_0123456789abcdef0123456789abcdef",
        "00112233445566778899aabbccddeeff0011223344556677",
    ];
    for secret in secrets {
        for around in [
            "SECRET",
            "note: SECRET.",
            "(SECRET)",
            "a SECRET b",
            "a\nSECRET",
        ] {
            let note = around.replace("SECRET", secret);
            let text = json_of(&json!({"note": note, secret: 1, "list": [[note]]}));
            assert!(!text.contains(secret), "{text}");
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("note", &note)
                .finish();
            let kept = scrubber().form(&form).text;
            let read: Vec<_> = form_urlencoded::parse(kept.as_bytes()).collect();
            assert!(!read[0].1.contains(secret), "{kept}");
        }
    }
    assert!(!json_of(&json!(4_111_111_111_111_111_u64)).contains("4111"));
    let header = json_of(&json!("authorization: Bearer abcdefghijklmnop"));
    assert!(!header.contains("abcdefghijklmnop"), "{header}");
    let address = json_of(&json!("postgres://trail:p@ss:word@db.internal/trail"));
    assert_eq!(
        address,
        r#""postgres://trail:[scrubbed]@db.internal/trail""#
    );
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\nrest";
    assert_eq!(json_of(&json!(key)), r#""[scrubbed]\nrest""#);
}

#[test]
fn a_card_is_found_beside_other_numbers_and_they_are_kept() {
    for (text, kept) in [
        ("order 1042 4111 1111 1111 1111", "order 1042 [scrubbed]"),
        ("12 4111111111111111", "12 [scrubbed]"),
        (
            "tel 0501234567 4111111111111111",
            "tel 0501234567 [scrubbed]",
        ),
        ("4111 1111 1111 1111 123", "[scrubbed] 123"),
        ("A1042 4111-1111-1111-1111 7b", "A1042 [scrubbed] 7b"),
        ("4111111111111111 5500000000000004", "[scrubbed] [scrubbed]"),
    ] {
        assert_eq!(json_of(&json!(text)), json!(kept).to_string());
    }
}

#[test]
fn a_user_agent_stays_as_it_is_but_for_secrets() {
    for agent in [
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.5.0",
    ] {
        assert_eq!(scrubber().line(agent), agent);
    }
    for (agent, kept) in [
        (
            "agent Bearer st_0123456789abcdef",
            "agent Bearer [scrubbed]",
        ),
        ("shop/1.0 (token: hunter2)", "shop/1.0 (token: [scrubbed]"),
    ] {
        assert_eq!(scrubber().line(agent), kept);
    }
}

#[test]
fn a_long_row_of_digits_is_read_in_one_go() {
    let digits = "7".repeat(1_000_000);
    let groups = "7 ".repeat(100_000);
    for text in [&digits, &groups] {
        assert_eq!(scrubber().path(text), *text);
    }
}

#[test]
fn what_stands_behind_a_secret_name_in_text_is_gone() {
    for (text, kept) in [
        ("password=hunter2", "password=[scrubbed]"),
        (
            "my password: hunter2, please",
            "my password: [scrubbed] please",
        ),
        (
            "the Password is: \"hunter2 x\" now",
            "the Password is: \"[scrubbed]\" now",
        ),
        ("**Password:** hunter2", "**Password:** [scrubbed]"),
        ("password => hunter2\nrest", "password => [scrubbed]\nrest"),
        ("API key: hunter2", "API key: [scrubbed]"),
        (
            "Authorization: Bearer hunter2 end",
            "Authorization: [scrubbed] end",
        ),
        (
            "otpauth://totp/Shop:sara?secret=HUNTER2&issuer=Shop",
            "otpauth://totp/Shop:sara?secret=[scrubbed]&issuer=Shop",
        ),
        (
            r#"said {\"password\": \"hunter2\"}"#,
            r#"said {\"password\": \"[scrubbed]"}"#,
        ),
    ] {
        assert_eq!(
            json_of(&json!({"note": text})),
            json!({"note": kept}).to_string()
        );
        let names = scrubber().json(json!(text).to_string().as_bytes()).names;
        assert_eq!(names.len(), 1, "{names:?}");
    }
    let plain = scrubber().json(b"otpauth://totp/Shop?secret=HUNTER2&issuer=Shop");
    assert!(!plain.text.contains("HUNTER2"), "{}", plain.text);
}

#[test]
fn what_only_looks_a_little_like_a_secret_is_kept() {
    for text in [
        "best_effort_delivery_of_everything",
        "basic cotton shirt, white",
        "order 1042, phone +966 50 123 4567",
        "4111 1111 1111 1112",
        "2026-11-20T09:14:03Z",
        "https://linen.example/a:b?c=d@e",
        "https://linen.example:8080/path@2x.png",
        "018f4a1e-7c33-7d44-9a55-0123456789ab",
        "coupon code: SAVE10, status code: 500",
        "the session 10:30 and a card 12:15",
        "event:order.created at:today",
        "password: ",
    ] {
        assert_eq!(json_of(&json!(text)), json!(text).to_string());
    }
}

#[test]
fn json_inside_text_is_followed_and_broken_json_is_scrubbed_by_its_lines() {
    let inner = json!({"password": "hunter2"}).to_string();
    assert!(!json_of(&json!({"body": inner})).contains("hunter2"));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("filter", &inner)
        .finish();
    assert!(!scrubber().form(&form).text.contains("hunter2"));
    for broken in [
        r#"{"password": "hunter2", "a": "#,
        "password=hunter2&a=1",
        "Password: hunter2\nb: c",
    ] {
        let scrubbed = scrubber().json(broken.as_bytes());
        assert!(!scrubbed.text.contains("hunter2"), "{}", scrubbed.text);
        assert_eq!(scrubbed.names.len(), 1, "{:?}", scrubbed.names);
    }
}

#[test]
fn a_form_stays_a_form_and_tells_what_was_taken_out() {
    let scrubbed = scrubber().form("email=sara%40linen.example&password=x%26y&next=%2F");
    assert_eq!(
        scrubbed.text,
        "email=sara%40linen.example&password=%5Bscrubbed%5D&next=%2F"
    );
    assert_eq!(scrubbed.names, ["password"]);
}

/// A number that passes its check digit, in groups of four or not.
fn any_card() -> impl Strategy<Value = String> {
    let shape = (
        "[2-6][0-9]{11,17}",
        prop::sample::select(vec!["", " ", "-"]),
    );
    shape.prop_map(|(body, divider)| {
        let doubled = body.bytes().rev().enumerate().map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match place % 2 {
                0 => digit * 2 / 10 + digit * 2 % 10,
                _ => digit,
            }
        });
        let check = (10 - doubled.sum::<u32>() % 10) % 10;
        let whole = format!("{body}{check}");
        let groups: Vec<_> = (0..whole.len())
            .step_by(4)
            .map(|at| &whole[at..whole.len().min(at + 4)])
            .collect();
        groups.join(divider)
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,8}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts `value` under `name` somewhere in the tree.
fn planted(tree: Value, name: &str, value: &str, turns: &[usize]) -> Value {
    match (tree, turns.split_first()) {
        (Value::Object(mut members), Some((turn, rest))) if !members.is_empty() => {
            let at = turn % members.len();
            if let Some((_, member)) = members.iter_mut().nth(at) {
                *member = planted(member.take(), name, value, rest);
            }
            Value::Object(members)
        }
        (Value::Array(mut items), Some((turn, rest))) if !items.is_empty() => {
            let at = turn % items.len();
            items[at] = planted(items[at].take(), name, value, rest);
            Value::Array(items)
        }
        (Value::Object(mut members), _) => {
            members.insert(name.to_owned(), value.into());
            Value::Object(members)
        }
        _ => json!({ name: value }),
    }
}

proptest! {
    #[test]
    fn a_card_amid_other_numbers_is_gone(
        card in any_card(),
        before in prop::collection::vec("[0-9]{1,8}", 0..5),
        after in prop::collection::vec("[0-9]{1,8}", 0..5),
        divider in prop::sample::select(vec![" ", "-"]),
    ) {
        let groups = [before, vec![card.clone()], after].concat();
        let text = scrubber().path(&groups.join(divider));
        prop_assert!(text.contains(GONE) && !text.contains(&card), "{}", text);
    }

    #[test]
    fn numbers_that_no_card_begins_with_are_kept(
        groups in prop::collection::vec("[01789][0-9]{0,7}", 1..12),
        divider in prop::sample::select(vec![" ", "-"]),
    ) {
        let text = groups.join(divider);
        prop_assert_eq!(scrubber().path(&text), text);
    }

    #[test]
    fn a_secret_is_gone_wherever_in_a_body_it_stands(
        tree in any_json(),
        turns in prop::collection::vec(any::<usize>(), 0..6),
        name in prop::sample::select(vec!["password", "token", "apiKey", "recovery_code", "loyalty_number"]),
    ) {
        let secret = "zq-7731-hunter2-zq";
        let body = planted(tree, name, secret, &turns);
        let scrubbed = scrubber().json(body.to_string().as_bytes());
        prop_assert!(!scrubbed.text.contains(secret), "{}", scrubbed.text);
        prop_assert!(serde_json::from_str::<Value>(&scrubbed.text).is_ok());
    }

    #[test]
    fn nothing_that_is_sent_makes_it_fail_and_twice_is_once(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        let scrubber = scrubber();
        scrubber.json(&bytes);
        scrubber.form(&text);
        scrubber.path(&text);
        let once = scrubber.json(json!(text).to_string().as_bytes()).text;
        prop_assert_eq!(scrubber.json(once.as_bytes()).text, once);
    }
}
