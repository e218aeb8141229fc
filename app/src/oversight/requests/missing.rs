//! That calls are missing from the log, where some are.

use super::calls;
use crate::activity::clock::{clock_short, local};
use crate::activity::words::{day_short, number};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::oversight::state::Watch;
use domain::view::{MissingCalls, RequestRow};
use leptos::prelude::*;

/// How many are missing, since when and why, as it was when the page was loaded; nothing while none is.
pub fn notice(log: Watch<RequestRow>) -> AnyView {
    let missing = crate::wire::told(|| (), |()| calls::missing());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let missing = missing.await.ok().flatten()?;
                let at = local(missing.since, log.moment.offset_minutes);
                let day = day_short(log.locale, at.date(), log.moment.today_untracked());
                let since = format!("{day} {}", clock_short(at));
                Some(
                    view! {
                        <div class="note pending missing-calls">
                            <Icon glyph=icons::TRIANGLE_ALERT />
                            <p>{words(log.locale, missing, since)}</p>
                        </div>
                    },
                )
            })}
        </Transition>
    }
    .into_any()
}

fn words(locale: Locale, missing: MissingCalls, since: String) -> String {
    let (crowded, unwritten) = (missing.crowded, missing.unwritten);
    let of_crowd = (crowded > 0).then(|| {
        let n = number(crowded);
        tr!(
            locale,
            oversight.requests.crowded,
            count = crowded,
            n = n,
            since = since.clone()
        )
    });
    let of_fault = (unwritten > 0).then(|| {
        let n = number(unwritten);
        tr!(
            locale,
            oversight.requests.unwritten,
            count = unwritten,
            n = n,
            since = since
        )
    });
    let both: Vec<String> = of_crowd.into_iter().chain(of_fault).collect();
    both.join(" ")
}
