//! The sentences in which Storetrail itself says why something was not done: a closed list.
//!
//! They are stored, logged and answered in English ([`Said`] as text). A page knows them again by [`Said::of_words`] and
//! says them in its own language; what other systems said is none of them and is shown as it came. To add one: a line
//! here, and its words in the page's `said`.

use crate::operation::SOURCE_GONE;
use crate::operation::revert::UNSEEN;
use std::fmt;

macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident $({ $($with:ident),+ })? = $($part:expr),+;)+) => {
        /// A sentence with what stands in it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Said {
            $(
                $(#[$doc])*
                $name $({ $(#[doc = concat!("The ", stringify!($with), " that it names.")] $with: String),+ })?,
            )+
        }

        impl Said {
            /// Each one, with the names of what stands in it in their places. What begins like another comes before it.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name $({ $($with: stringify!($with).to_owned()),+ })?),+]
            }

            /// What stands around that which it names: one part more than there are names.
            fn parts(&self) -> &'static [&'static str] {
                match self {
                    $(Self::$name $({ $($with: _),+ })? => &[$($part),+],)+
                }
            }

            fn named(&self) -> Vec<&str> {
                match self {
                    $(Self::$name $({ $($with),+ })? => vec![$($($with.as_str()),+)?],)+
                }
            }

            fn named_mut(&mut self) -> Vec<&mut String> {
                match self {
                    $(Self::$name $({ $($with),+ })? => vec![$($($with),+)?],)+
                }
            }
        }
    };
}

sentences! {
    /// An action needs an order.
    NoOrder = "it concerns no order";
    /// The order may yet be told.
    OrderUnknown { number } = "order ", " is not known";
    /// Something else was told of the order in the same moment.
    OrderOvertaken { number } = "order ", " was changed in the same moment";
    /// A letter needs a customer.
    NoCustomer = "it concerns no customer that is known";
    /// The customer can't be reached by that channel.
    NoAddress { channel } = "the customer has no address for ", "";
    /// The message that is answered came from nobody.
    NoSender = "the message has no sender";
    /// No provider is set up for a message's channel.
    NotSetUp = "this channel is not set up here";
    /// The template was deleted.
    TemplateGone { name } = "there is no template ", "";
    /// The template answers by another channel alone.
    TemplateElsewhere { name } = "the template ", " is for another channel";
    /// What happened is about nothing.
    NothingToTag = "there is nothing to tag";
    /// Writing tags would lose those that were never seen.
    TagsUntold { kind, id } =
        "which tags ", " ", " has was never told: send an activity with a change of `tags` (empty: `[]`), then retry";
    /// An alarm without ears.
    NobodyAlarmed = "nobody gets this store's alarms; say who under Settings, Protection";
    /// Alarms of the sample store stay in it.
    SampleTells = "the sample store tells nobody";
    /// Webhooks of the sample store stay in it.
    SampleCalls = "the sample store calls nobody";
    /// A mail of an alarm.
    MailRefused { email } = "the mail server didn't take the mail to ", "";
    /// The webhook of an alarm failed, because.
    AlarmCall { why } = "the webhook: ", "";
    /// A tag has nowhere to go, because.
    NothingWritten { why } = "nothing is written to the shop: ", "";
    /// The target was silent about the tag.
    TagUnacknowledged = "the target did not acknowledge the tag";
    /// An action that did not end.
    TookLonger { seconds } = "it took longer than ", " seconds";
    /// A tag's operation ended because somebody edited its action.
    ActionEdited = "its action was edited; the next try is made in an operation of its own";
    /// A tag's operation ended because somebody discarded its action.
    ActionDiscarded = "its action was discarded";
    /// A tag's operation ended because the tag had come otherwise.
    TagThere = "nothing was left to do: the tag was there";
    /// Nobody could tell the call from a forged one.
    Unsigned = "no webhook is called without a secret to sign with; set STORETRAIL_WEBHOOK_SECRET to whsec_...";
    /// An address that can't be read.
    NotAnAddress = "this is no address";
    /// An address inside.
    AddressInternal =
        "its address is internal; STORETRAIL_WEBHOOK_NETWORKS lists those that may be called, in numbers (`localhost` never is)";
    /// An address that is spoken to in the open.
    AddressOpen = "webhooks are called by https";
    /// HTTP 410.
    CallUnwanted = "410: whoever was called wants no more of it";
    /// The target answered with another address.
    TargetElsewhere { who, status } = "", " answered ", ": redirects are not followed";
    /// What was called answered with another address.
    CallElsewhere { status } = "", ": redirects are not followed";
    /// The named target was deleted, or never set up; its name stands twice.
    TargetGone { name, again } =
        "there is no target ", "; set it up (Settings, Targets, or PUT /api/v1/targets/", ")";
    /// There are targets, and none for what names none.
    NoDefaultTarget =
        "no target is named, and none of the store's is the default one; make one the default (Settings, Targets, or `is_default` of PUT /api/v1/targets/{name})";
    /// There is none at all.
    NoTarget = "no target is set up; set one up (Settings, Targets, or PUT /api/v1/targets/{name})";
    /// The server's key is another one than when the secret was told.
    TargetSealed = "its secret does not open with this server's key; tell it anew in the settings";
    /// The bridge could not tell the call from a forged one.
    BridgeUnsigned =
        "nothing is sent without a secret to sign with; set STORETRAIL_WEBHOOK_SECRET to whsec_...";
    /// The call did not arrive, or its answer did not.
    Unreached { who, why } = "", " can't be reached: ", "";
    /// HTTP 401 or 403 of a target.
    KeyRefused { who, status } = "", " refuses the key (", "); tell it anew in the settings";
    /// The bridge says that trying again can't help.
    BatchRefused { status } = "the bridge refused the batch: ", "";
    /// Another HTTP status of a target.
    TargetAnswered { who, status } = "", " answered ", "";
    /// The target was silent about all of it.
    NoneAcknowledged = "the target acknowledged none of the items";
    /// A target's failure without words.
    NoReason = "the shop gave no reason";
    /// The thing was deleted.
    ThingGone = "it no longer exists";
    /// The field was edited, and nobody told Storetrail.
    Unseen = UNSEEN;
    /// An operation was ended here.
    SourceGone = SOURCE_GONE;
    /// The connection by which a delivery came is gone.
    ConnectionGone =
        "the connection was deleted; make it anew under the same name, or discard this";
    /// The connection by which a delivery came is off.
    ConnectionOff = "the connection is switched off; switch it on";
    /// The store of a delivery is gone.
    StoreGone = "the store was removed";
    /// A fault of ours, of which no more is told.
    DatabaseAway = "the database could not be read or written";
    /// A delivery's body.
    NotJson { line, column } = "the body is not JSON (line ", ", column ", ")";
}

impl Said {
    /// The sentence that a stored text is, if it is one of these. As text it is that text again.
    pub fn of_words(text: &str) -> Option<Self> {
        Self::all().into_iter().find_map(|mut said| {
            let found = between(text, said.parts())?;
            for (name, found) in said.named_mut().into_iter().zip(found) {
                found.clone_into(name);
            }
            Some(said)
        })
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut named = self.named().into_iter();
        for part in self.parts() {
            f.write_str(part)?;
            f.write_str(named.next().unwrap_or_default())?;
        }
        Ok(())
    }
}

impl From<Said> for String {
    fn from(said: Said) -> Self {
        said.to_string()
    }
}

/// What stands between these parts of a text that begins with the first and ends with the last of them.
fn between<'t>(text: &'t str, parts: &[&str]) -> Option<Vec<&'t str>> {
    let (first, rest) = parts.split_first()?;
    let mut left = text.strip_prefix(*first)?;
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty().then(Vec::new);
    };
    left = left.strip_suffix(*last)?;
    let mut found = Vec::with_capacity(rest.len());
    for part in middle {
        let (one, after) = left.split_once(*part)?;
        found.push(one);
        left = after;
    }
    found.push(left);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_sentence_is_known_again() {
        for said in Said::all() {
            assert_eq!(said.parts().len(), said.named().len() + 1, "{said:?}");
            assert_eq!(Said::of_words(&said.to_string()), Some(said));
        }
    }

    #[test]
    fn what_it_names_is_told_apart() {
        let known = |text: &str| Said::of_words(text);
        let kind = "product".to_owned();
        let told = Said::TagsUntold {
            kind,
            id: "p 981".to_owned(),
        };
        assert_eq!(
            told.to_string(),
            "which tags product p 981 has was never told: send an activity with a change of `tags` (empty: `[]`), then retry"
        );
        assert_eq!(known(&told.to_string()), Some(told));
        let number = "1042".to_owned();
        let order = Said::OrderUnknown { number };
        assert_eq!(known("order 1042 is not known"), Some(order));
        let place = Said::NotJson {
            line: "1".to_owned(),
            column: "7".to_owned(),
        };
        assert_eq!(
            known("the body is not JSON (line 1, column 7)"),
            Some(place)
        );
    }

    #[test]
    fn what_others_said_is_none_of_them() {
        for text in [
            "",
            "price 12 is below cost",
            "it concerns no order at all",
            "500 Internal Server Error",
            "order 1042",
        ] {
            assert_eq!(Said::of_words(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_named_stays_in_the_text(at in 0..Said::all().len(), name in "\\PC{0,20}") {
            let mut said = Said::all().swap_remove(at);
            for named in said.named_mut() {
                name.clone_into(named);
            }
            let text = said.to_string();
            let known = Said::of_words(&text);
            prop_assert_eq!(known.map(|said| said.to_string()), Some(text));
        }
    }
}
