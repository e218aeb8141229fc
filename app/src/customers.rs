//! Everything about one customer: orders, messages, activity.

// A socket is a browser's.
#[cfg(not(feature = "ssr"))]
mod live;

use crate::AppError;
use crate::activity::address::href_of as activity_href;
use crate::activity::clock::Moment;
use crate::activity::drawer::parts::pieces;
use crate::activity::live::{self as socket, Live};
use crate::activity::words::{action_glyph, moment_line, moment_title};
use crate::erase::ErasePerson;
use crate::format::day;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::Avatar;
use crate::messages::address::{href_of, href_of_message};
use crate::messages::status::StateMark;
use crate::messages::words::{channel_glyph, channel_label, clock_of, is_hidden, state_of};
use crate::orders::OrderLine;
use crate::pages::{Opening, admitted, not_read};
use crate::parts::{Page, Place, Trade};
use crate::wire::Told;
use domain::Permission;
use domain::message::shown_number;
use domain::query::quote_value;
use domain::view::{ActivityRow, CustomerPage, MessageRow, Viewer};
use leptos::prelude::*;
use leptos::server;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Everything about a customer; none when there is none, they are out of scope, or the page opens to other roles only.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadCustomer, prefix = "/fn", endpoint = "customers/page")]
pub async fn page(id: String) -> Result<Option<CustomerPage>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    if !scope.role().opens_customers() {
        return Ok(None);
    }
    Ok(context.storage.customer_page(&scope, &id).await?)
}

/// A customer as a route.
#[derive(Clone, Copy)]
pub struct CustomerRoute {
    id: Memo<String>,
    page: Told<Result<Option<CustomerPage>, AppError>>,
}

impl Page for CustomerRoute {
    const PLACE: Place = Place::Trade(Trade::Customer);

    fn start() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
        Self {
            id,
            page: crate::wire::told(move || id.get(), page),
        }
    }

    fn shown(self) -> AnyView {
        view! { <Page source=self /> }.into_any()
    }
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
struct CustomerLog {
    source: CustomerRoute,
    /// Who is shown; none when there is nobody.
    shown: StoredValue<Option<CustomerPage>>,
    /// The store's clock.
    moment: Moment,
    /// How it stands with the socket.
    live: Live,
}

#[component]
fn Page(source: CustomerRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, messages.customer.title);
    let content =
        move |viewer: Viewer| async move { view! { <Followed source viewer /> }.into_any() };
    view! {
        <Title text=section />
        <Suspense fallback=Opening>
            {Suspend::new(admitted(viewer, section, Permission::ReadMessages, content))}
        </Suspense>
    }
    .into_any()
}

/// Follows their messages, which tells of erasures too.
#[component]
fn Followed(source: CustomerRoute, viewer: Viewer) -> impl IntoView {
    let locale = use_locale();
    let log = CustomerLog {
        source,
        shown: StoredValue::new(None),
        moment: Moment::new(viewer.now, viewer.offset_minutes),
        live: Live::new(),
    };
    log.moment.go_on();
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |is_following: Option<()>| {
        let q = source.id.with(|id| format!("customer:{}", quote_value(id)));
        log.live.follow(&q, None);
        if let (None, Some(owner)) = (is_following, &owner) {
            owner.with(|| socket::start(log));
        }
    });
    let viewer = StoredValue::new(viewer);
    view! {
        <Transition fallback=Opening>
            {move || Suspend::new(async move {
                match source.page.await {
                    Ok(page) => {
                        log.shown.set_value(page.clone());
                        match page {
                            Some(page) => view! { <Whole viewer=viewer.get_value() page log /> }.into_any(),
                            None => {
                                crate::status::set(404);
                                let text = tr!(locale, messages.customer.gone_why).to_owned();
                                view! { <Blank title=tr!(locale, messages.customer.gone) text /> }.into_any()
                            }
                        }
                    }
                    Err(error) => {
                        let again = move || source.page.refetch();
                        socket::when_back(log.live, again);
                        not_read(tr!(locale, messages.customer.failed), &error, again)
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Blank(title: &'static str, text: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="stage" aria-labelledby="h">
            <div class="blank">
                <Icon glyph=icons::USER />
                <h1 id="h">{title}</h1>
                <p>{text}</p>
                <a class="btn" href="/orders">{tr!(locale, messages.thread.back)}</a>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Whole(viewer: Viewer, page: CustomerPage, log: CustomerLog) -> impl IntoView {
    let locale = use_locale();
    let moment = log.moment;
    let name = page.name.clone().unwrap_or_else(|| page.id.clone());
    let query = |qualifier: &str| {
        let id = Some(&page.id).filter(|id| !is_hidden(id))?;
        Some(format!("{qualifier}:{}", quote_value(id)))
    };
    let messages_href = query("customer").map(|q| href_of(&q));
    let about = Some(&page.id)
        .filter(|id| !is_hidden(id))
        .map(|id| format!("about:{}", quote_value(&format!("customer/{id}"))));
    let activity = about.map(|q| activity_href(&q));
    let orders = page
        .orders
        .iter()
        .map(|order| view! { <OrderLine order=order.clone() moment /> })
        .collect_view();
    let messages = page
        .messages
        .iter()
        .map(|row| view! { <MessageLine row=row.clone() moment /> })
        .collect_view();
    let activities = page
        .activities
        .iter()
        .map(|row| view! { <ActivityLine row=row.clone() moment /> })
        .collect_view();
    let erase = (viewer.may(Permission::Erase) && !is_hidden(&page.id)).then(|| {
        let on_erased = Callback::new(move |()| log.source.page.refetch());
        view! { <ErasePerson customer=page.id.clone() name=name.clone() on_erased /> }
    });
    let none = |is_none: bool, words: &'static str| {
        is_none.then(|| view! { <p class="dim none">{words}</p> })
    };
    view! {
        <section class="stage customer" aria-labelledby="h">
            <header class="bar rule">
                <Avatar name=name.clone() />
                <h1 id="h"><bdi>{name.clone()}</bdi></h1>
                {erase}
            </header>
            <div class="scroll" tabindex="0">
                <Facts page=page.clone() offset_minutes=viewer.offset_minutes />
                <section aria-labelledby="c-orders">
                    <Head id="c-orders" title=tr!(locale, messages.customer.orders) link=None />
                    <ul class="orders-list">{orders}</ul>
                    {none(page.orders.is_empty(), tr!(locale, messages.customer.none_orders))}
                </section>
                <section aria-labelledby="c-messages">
                    <Head
                        id="c-messages"
                        title=tr!(locale, messages.customer.messages)
                        link=messages_href.map(|href| (href, tr!(locale, messages.customer.all_messages)))
                    />
                    <ul class="brief">{messages}</ul>
                    {none(page.messages.is_empty(), tr!(locale, messages.customer.none_messages))}
                </section>
                <section aria-labelledby="c-activity">
                    <Head
                        id="c-activity"
                        title=tr!(locale, messages.customer.activity)
                        link=activity.map(|href| (href, tr!(locale, messages.customer.all_activity)))
                    />
                    <ul class="brief">{activities}</ul>
                    {none(page.activities.is_empty(), tr!(locale, messages.customer.none_activity))}
                </section>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Head(
    id: &'static str,
    title: &'static str,
    link: Option<(String, &'static str)>,
) -> impl IntoView {
    let link = link.map(|(href, words)| view! { <a class="link push" href=href>{words}</a> });
    view! { <div class="part-head"><h2 id=id>{title}</h2> {link}</div> }.into_any()
}

/// Address, number, groups, where they opted out.
#[component]
fn Facts(page: CustomerPage, offset_minutes: i32) -> impl IntoView {
    let locale = use_locale();
    let line = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{label}</dt> <dd><bdi dir="ltr">{value}</bdi></dd> })
    };
    let groups = (!page.groups.is_empty()).then(|| page.groups.join(", "));
    let outs = page
        .opt_outs
        .iter()
        .map(|out| {
            let words = tr!(
                locale,
                messages.customer.opted_out_since,
                channel = channel_label(locale, out.channel),
                day = day(locale, out.since, offset_minutes)
            );
            view! {
                <dt>{tr!(locale, messages.customer.opted_out)}</dt>
                <dd><span class="status failed"><Icon glyph=icons::BAN />{words}</span></dd>
            }
        })
        .collect_view();
    view! {
        <dl class="facts customer-facts">
            {line(tr!(locale, messages.customer.email), page.email)}
            {line(tr!(locale, messages.customer.phone), page.phone.as_deref().map(shown_number))}
            {line(tr!(locale, messages.customer.groups), groups)}
            {outs}
            {line(tr!(locale, messages.customer.id), Some(page.id))}
        </dl>
    }
    .into_any()
}

#[component]
fn MessageLine(row: MessageRow, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    let today = moment
        .now
        .with_untracked(|now| crate::activity::clock::day_of(*now, row.offset_minutes));
    let state = state_of(locale, &row, today);
    let text = row.subject.clone().or_else(|| row.preview.clone());
    let text = text.unwrap_or_else(|| channel_label(locale, row.channel).to_owned());
    let time = clock_of(locale, row.occurred_at, row.offset_minutes, today);
    let title = moment_title(locale, row.occurred_at, row.offset_minutes);
    view! {
        <li>
            <Icon glyph=channel_glyph(row.channel) />
            <a class="trunc" href=href_of_message(row.id) dir="auto">{text}</a>
            <StateMark state moment />
            <time class="dim small nowrap" title=title datetime=row.occurred_at.to_rfc3339()>{time}</time>
        </li>
    }
    .into_any()
}

#[component]
fn ActivityLine(row: ActivityRow, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    let today = moment
        .now
        .with_untracked(|now| crate::activity::clock::day_of(*now, row.offset_minutes));
    let time = clock_of(locale, row.occurred_at, row.offset_minutes, today);
    let title = moment_title(locale, row.occurred_at, row.offset_minutes);
    let words = pieces(moment_line(locale, &row, true)).into_any();
    view! {
        <li>
            <Icon glyph=action_glyph(&row.action, row.categories) />
            <a class="trunc" href=format!("/activity?entry={}", row.id)>{words}</a>
            <span></span>
            <time class="dim small nowrap" title=title datetime=row.occurred_at.to_rfc3339()>{time}</time>
        </li>
    }
    .into_any()
}
