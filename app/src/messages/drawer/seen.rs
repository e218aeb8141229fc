//! The message as the recipient saw it: the frame, the text, the source, the headers.

use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::state::use_messages;
use crate::messages::words::is_hidden;
use domain::message::{Channel, DeliveryStatus, Mailbox, MessageDirection, shown_number};
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Phone,
    Desktop,
    Text,
    Source,
    Headers,
}

/// The message itself.
#[component]
pub fn Seen(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let has_html = detail.message.html.is_some();
    let is_email = detail.row.channel == Channel::Email;
    let face = RwSignal::new(if has_html { Face::Phone } else { Face::Text });
    let label = move |face| match face {
        Face::Phone => tr!(locale, messages.drawer.phone),
        Face::Desktop => tr!(locale, messages.drawer.desktop),
        Face::Text => tr!(locale, messages.drawer.text),
        Face::Source => tr!(locale, messages.drawer.source),
        Face::Headers => tr!(locale, messages.drawer.headers),
    };
    let faces: &[Face] = match (is_email, has_html) {
        (true, true) => &[
            Face::Phone,
            Face::Desktop,
            Face::Text,
            Face::Source,
            Face::Headers,
        ],
        (true, false) => &[Face::Text, Face::Headers],
        (false, _) => &[],
    };
    let choices = faces
        .iter()
        .copied()
        .map(|one| {
            view! {
                <button
                    type="button"
                    aria-pressed=move || (face.get() == one).to_string()
                    on:click=move |_| face.set(one)
                >
                    {label(one)}
                </button>
            }
        })
        .collect_view();
    let choices = (!faces.is_empty()).then(|| {
        view! {
            <span class="seg push" role="group" aria-label=tr!(locale, messages.drawer.show_as)>{choices}</span>
        }
    });
    let is_sent = detail.row.status == Some(DeliveryStatus::Sent);
    let title = match detail.row.direction {
        MessageDirection::Outbound if is_sent => tr!(locale, messages.drawer.seen),
        MessageDirection::Outbound => tr!(locale, messages.drawer.content),
        MessageDirection::Inbound => tr!(locale, messages.drawer.seen_inbound),
    };
    let head = is_email.then(|| view! { <MailHead detail=detail.clone() /> });
    let content = move || match face.get() {
        Face::Phone => view! { <Framed detail=detail.clone() is_phone=true /> }.into_any(),
        Face::Desktop => view! { <Framed detail=detail.clone() is_phone=false /> }.into_any(),
        Face::Text => match detail.message.text.clone() {
            Some(text) => view! { <p class="mail-text" dir="auto">{text}</p> }.into_any(),
            None => view! { <p class="mail-text dim">{tr!(locale, messages.drawer.no_text)}</p> }
                .into_any(),
        },
        Face::Source => view! {
            <pre class="mail-text mono" dir="ltr" tabindex="0">{detail.message.html.clone()}</pre>
        }
        .into_any(),
        Face::Headers => view! { <Headers detail=detail.clone() /> }.into_any(),
    };
    view! {
        <section class="section" aria-labelledby="m-seen">
            <div class="section-head">
                <h2 id="m-seen">{title}</h2>
                {choices}
            </div>
            <div class="mail">{head} {content}</div>
        </section>
    }
    .into_any()
}

/// Subject, sender, recipients.
#[component]
fn MailHead(detail: Arc<MessageDetail>) -> impl IntoView {
    let locale = use_messages().locale;
    let message = &detail.message;
    let people = |label: &'static str, people: &[Mailbox]| {
        (!people.is_empty()).then(|| {
            let people = people.iter().map(person).collect_view();
            view! { <dt>{label}</dt> <dd>{people}</dd> }
        })
    };
    let from = message
        .from
        .clone()
        .map(|from| vec![from])
        .unwrap_or_default();
    let reply_to = message.reply_to.clone().map(|to| vec![to]);
    view! {
        <dl class="mail-head">
            <dt>{tr!(locale, messages.drawer.subject)}</dt>
            <dd class="subject" dir="auto">{message.subject.clone()}</dd>
            {people(tr!(locale, messages.drawer.from_label), &from)}
            {people(tr!(locale, messages.drawer.to_label), &message.to)}
            {people(tr!(locale, messages.drawer.cc), &message.cc)}
            {people(tr!(locale, messages.drawer.bcc), &message.bcc)}
            {people(tr!(locale, messages.drawer.reply_to), &reply_to.unwrap_or_default())}
        </dl>
    }
    .into_any()
}

fn person(mailbox: &Mailbox) -> impl IntoView + use<> {
    let name = mailbox.name.clone();
    let address = shown_number(&mailbox.address);
    let address = match &name {
        Some(_) => format!("<{address}>"),
        None => address,
    };
    view! {
        <span class="person-line">
            {name.map(|name| view! { <bdi>{name}</bdi> " " })}
            <bdi class="dim" dir="ltr">{address}</bdi>
        </span>
    }
}

/// The HTML at its own address, which sends its own policy: no script, no origin, no images from outside unless asked.
#[component]
fn Framed(detail: Arc<MessageDetail>, is_phone: bool) -> impl IntoView {
    let locale = use_messages().locale;
    let has_images = RwSignal::new(false);
    let id = detail.row.id;
    let src = move || {
        let asked = if has_images.get() { "?images=1" } else { "" };
        format!("/messages/{id}/html{asked}")
    };
    let words = move || {
        if has_images.get() {
            tr!(locale, messages.drawer.images_on)
        } else {
            tr!(locale, messages.drawer.images_off)
        }
    };
    view! {
        <div class="mail-tools">
            <Icon glyph=icons::IMAGE_OFF class="i-s" />
            <span role="status">{words}</span>
            <Show when=move || !has_images.get()>
                <button class="btn small bare push" type="button" on:click=move |_| has_images.set(true)>
                    {tr!(locale, messages.drawer.load_images)}
                </button>
            </Show>
        </div>
        <div class="mail-stage">
            <iframe
                class:phone=is_phone
                title=tr!(locale, messages.drawer.frame)
                sandbox=""
                referrerpolicy="no-referrer"
                src=src
            ></iframe>
        </div>
    }
    .into_any()
}

#[component]
fn Headers(detail: Arc<MessageDetail>) -> impl IntoView {
    let locale = use_messages().locale;
    let message = &detail.message;
    // Of a mail that came in without one it is a name that Storetrail gave it.
    let id = message
        .message_id
        .as_ref()
        .filter(|_| message.direction == MessageDirection::Outbound)
        .map(|id| {
            let shown = if is_hidden(id) {
                id.clone()
            } else {
                format!("<{id}>")
            };
            let name = tr!(locale, messages.drawer.message_id);
            (name.to_owned(), shown)
        });
    if id.is_none() && message.headers.is_empty() {
        return view! { <p class="mail-text dim">{tr!(locale, messages.drawer.no_headers)}</p> }
            .into_any();
    }
    let rows = id
        .into_iter()
        .chain(message.headers.iter().cloned())
        .map(|(name, value)| {
            view! {
                <dt dir="ltr">{name}</dt>
                <dd><bdi dir="ltr">{value}</bdi></dd>
            }
        })
        .collect_view();
    view! { <dl class="mail-head headers">{rows}</dl> }.into_any()
}
