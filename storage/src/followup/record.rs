//! What became of the rules: read back from the activity log.

use super::Storage;
use crate::log::activity_of;
use crate::sql::{sql, values};
use crate::{Error, Scope};
use domain::followup::{Evaluation, Template, fill};
use domain::view::EvaluationRow;
use domain::{Clause, Filter, Pattern, Permission, RuleId, Seq, Test};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Columns {
    seq: i64,
    body: String,
}

impl Storage {
    /// The newest evaluations of rules, at most `limit` (1 to 200), newest first: which rule, on which message, what
    /// each condition saw.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_evaluations(
        &self,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<EvaluationRow>, Error> {
        self.evaluations(scope, None, limit).await
    }

    /// The newest evaluations of one rule; otherwise as [`Storage::list_evaluations`].
    ///
    /// # Errors
    /// As [`Storage::list_evaluations`].
    pub async fn list_rule_evaluations(
        &self,
        scope: &Scope,
        rule: RuleId,
        limit: u32,
    ) -> Result<Vec<EvaluationRow>, Error> {
        self.evaluations(scope, Some(rule), limit).await
    }

    async fn evaluations(
        &self,
        scope: &Scope,
        rule: Option<RuleId>,
        limit: u32,
    ) -> Result<Vec<EvaluationRow>, Error> {
        scope.require(Permission::ManageRules)?;
        // A shop's system may record its own rules' evaluations, and more of them than there are of ours.
        let rules = match rule {
            Some(rule) => vec![rule],
            None => self.ever_saved(scope).await?,
        };
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        let ids = rules.iter().map(|rule| Pattern::exact(&rule.to_string()));
        let tests = [
            Test::Action(vec![Pattern::exact("rule.evaluated")]),
            Test::Rule(ids.collect()),
        ];
        let clauses = tests.into_iter().map(|test| Clause {
            is_negated: false,
            test,
        });
        let filter = Filter {
            clauses: clauses.collect(),
        };
        let found = self
            .newest_activities(scope, &filter, limit.clamp(1, 200))
            .await?;
        let seqs = found.rows.iter().filter_map(|row| row.seq);
        let mut statement = sql(
            self.backend(),
            "SELECT seq, body FROM payload WHERE seq IN ",
            [],
        );
        statement.list(seqs.map(|seq| seq.0));
        let bodies: Vec<Columns> = statement.all(self.readers()).await?;
        let mut rows = Vec::with_capacity(found.rows.len());
        for row in found.rows {
            let Some(kept) = bodies.iter().find(|kept| row.seq == Some(Seq(kept.seq))) else {
                continue;
            };
            let activity = activity_of(&kept.body)?;
            let details = activity.details.unwrap_or_default();
            // One that another system recorded under this name has another form, and is not ours to show.
            let Ok(evaluation) = serde_json::from_value::<Evaluation>(details) else {
                continue;
            };
            let subject = activity.subject.as_ref();
            let message = subject
                .filter(|subject| subject.kind == "message")
                .and_then(|subject| subject.id.parse().ok());
            let mut related = activity.related.iter();
            let event = related
                .find(|thing| thing.kind == "activity")
                .and_then(|thing| thing.id.parse().ok());
            rows.push(EvaluationRow {
                at: row.occurred_at,
                offset_minutes: row.offset_minutes,
                message,
                subject: activity.subject.clone(),
                event,
                order: activity
                    .related
                    .into_iter()
                    .chain(activity.subject)
                    .find(|thing| thing.kind == "order")
                    .map(|order| order.id),
                evaluation,
                error: activity.error,
            });
        }
        Ok(rows)
    }

    /// The templates, each filled with what is known of an order, by name. None when there is no such order or it is
    /// out of scope.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault.
    pub async fn filled_templates(
        &self,
        scope: &Scope,
        number: &str,
    ) -> Result<Option<Vec<Template>>, Error> {
        scope.require(Permission::SendMessages)?;
        self.check_order(scope, Some(number)).await?;
        let Some(order) = self.order_columns(scope, number).await? else {
            return Ok(None);
        };
        let text = "SELECT name FROM customer WHERE store_id = ? AND id = ?";
        let id = order.customer_id.clone();
        let customer = sql(self.backend(), text, values![scope.store_id().0, id]);
        let name: Option<String> = match customer.row(self.readers()).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => None,
        };
        let filling = order.filling(scope, number, name);
        let templates = self.templates_of(scope).await?.into_iter();
        let filled = templates.map(|template| Template {
            subject: template.subject.map(|subject| fill(&subject, &filling)),
            body: fill(&template.body, &filling),
            ..template
        });
        Ok(Some(filled.collect()))
    }
}
