//! Whether those whom a message goes to can be reached by its channel: asked in one place, whoever sends.

use crate::phone;
use domain::message::{Channel, Message, is_address, is_e164, phone_digits};
use domain::{FieldProblem, Problem};

/// Writes numbers as E.164 does, and sees to it that each recipient fits the channel.
///
/// # Errors
/// `invalid_fields`, naming each one who can't be reached and why.
pub(super) fn fit(message: &mut Message) -> Result<(), Problem> {
    let channel = message.channel;
    let mut wrong = Vec::new();
    for (pointer, mailboxes) in [
        ("/to", &mut message.to),
        ("/cc", &mut message.cc),
        ("/bcc", &mut message.bcc),
    ] {
        for mailbox in mailboxes {
            match fitting(channel, &mailbox.address) {
                Ok(address) => mailbox.address = address,
                Err(why) => wrong.push(FieldProblem {
                    pointer: pointer.to_owned(),
                    code: "format".to_owned(),
                    message: format!("{} {why}", mailbox.address),
                }),
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid_fields(wrong))
    }
}

/// An address or number as the channel takes it.
///
/// # Errors
/// Why it can't, in words that go on from the address and don't repeat it.
pub(crate) fn fitting(channel: Channel, address: &str) -> Result<String, &'static str> {
    if channel == Channel::Email {
        return if is_address(address) {
            Ok(address.to_owned())
        } else {
            Err("is no address of mail, such as noura@mail.example")
        };
    }
    if is_e164(address) {
        return if phone::can_exist(address) {
            Ok(address.to_owned())
        } else {
            Err("is a number that can't exist; check its digits")
        };
    }
    phone::meant(address, None).ok_or_else(|| match phone_digits(address) {
        Some(_) if address.trim_start().starts_with('+') => {
            "is a number that can't exist; check its digits"
        }
        Some(_) => "has no country code; write it with one, such as +966551234567",
        None => "is no number, such as +966551234567",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_t_be_reached_is_told_why() {
        for (channel, address, fits) in [
            (
                Channel::Email,
                "noura@mail.example",
                Ok("noura@mail.example"),
            ),
            (Channel::Email, "+966551234567", Err("address of mail")),
            (Channel::Sms, "noura@mail.example", Err("no number")),
            (Channel::Sms, "STORE", Err("no number")),
            (Channel::Sms, "+966551234567", Ok("+966551234567")),
            (Channel::Whatsapp, "+966 55 123 4567", Ok("+966551234567")),
            (Channel::Sms, "0551234567", Err("no country code")),
            (Channel::Sms, "+99912345678", Err("can't exist")),
            (Channel::Whatsapp, "+999 123 456 78", Err("can't exist")),
        ] {
            match (fitting(channel, address), fits) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted),
                (Err(why), Err(part)) => assert!(why.contains(part), "{address}: {why}"),
                (found, _) => panic!("{address}: {found:?}"),
            }
        }
    }
}
