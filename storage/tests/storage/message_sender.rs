//! Whose a message is that somebody wrote.

use crate::harness::{Case, on_both};
use crate::message_kit::inbound;
use domain::message::Channel;

/// The customer that a message from a number is filed with.
async fn customer(case: &Case, from: &str) -> Option<String> {
    let id = case.ambient.uuid().to_string();
    let message = inbound(case, Channel::Sms, from, "hello", &id);
    let received = case
        .storage
        .receive_message(&case.scope(), message, Vec::new(), None)
        .await
        .expect("received");
    case.message(received.id).await.message.customer
}

#[test]
fn a_text_is_filed_with_whom_its_whole_number_belongs_to() {
    on_both(async |case| {
        for (id, phone) in [
            ("sa", "+966551234567"),
            ("ae", "+971 55 123 4567"),
            ("local", "0551234567"),
            ("other", "+966501112345"),
        ] {
            let email = format!("{id}@mail.example");
            case.customer(id, id, &email, phone).await;
        }
        for (from, id) in [
            ("+966551234567", Some("sa")),
            ("+971551234567", Some("ae")),
            // Nobody has this one; whoever's number lacks a country's code may be meant.
            ("+974551234567", Some("local")),
            // Five digits are nobody's.
            ("12345", None),
            ("+974501112345", None),
        ] {
            assert_eq!(customer(&case, from).await.as_deref(), id, "{from}");
        }
        case.verified().await;
    });
}
