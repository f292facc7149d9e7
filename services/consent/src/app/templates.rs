//! Drafting an agreement from one of the usual ones.

use std::collections::HashSet;

use platform::identity::Caller;

use super::Error;
use super::agreements::{Agreements, Answer, Once};
use super::purposes::{MOST_PURPOSES, Purposes};
use crate::domain::calendar::day_of;
use crate::domain::problem::Problem;
use crate::domain::template::{self, Answers, Template, field_of};

/// Use cases of templates.
#[derive(Clone, Debug)]
pub(crate) struct Templates {
    agreements: Agreements,
    purposes: Purposes,
}

impl Templates {
    /// Over these use cases.
    pub(crate) fn new(agreements: Agreements, purposes: Purposes) -> Self {
        Self { agreements, purposes }
    }

    /// The template with this name; `field` is where the caller wrote it.
    pub(crate) fn get(&self, name: &str, field: &str) -> Result<Template, Error> {
        if !name.starts_with("agreement-templates/") {
            let (en, nl) = ("is not agreement-templates/{code}", "is geen agreement-templates/{code}");
            return Err(Error::Invalid(vec![Problem::new(field, en, nl)]));
        }
        Template::named(name).ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    /// Drafts an agreement with the terms of a template; the caller's organisation is its provider.
    pub(crate) async fn draft(
        &self,
        caller: &Caller,
        template: &str,
        answers: Answers,
        once: &Once,
    ) -> Result<Answer, Error> {
        if let Some(kept) = self.agreements.done_before(once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        let template = self.get(template, "template")?;
        let purposes = self.purposes.list(0, MOST_PURPOSES).await?;
        let today = day_of(self.agreements.now());
        let (draft, problems) = template::fill(&template, answers, &purposes, today);
        match self.agreements.create(caller, draft, problems, once).await {
            Ok(answer) => Ok(answer),
            Err(Error::Invalid(problems)) => Err(Error::Invalid(about_answers(problems))),
            Err(error) => Err(error),
        }
    }
}

/// What is wrong, by the answer that it comes from; the first thing that is wrong with each. A purpose
/// that cannot be found is the fault of what it would have to serve.
fn about_answers(problems: Vec<Problem>) -> Vec<Problem> {
    let mut named = HashSet::new();
    if problems.iter().any(|problem| problem.field == "serves") {
        named.insert("purpose".to_owned());
    }
    problems
        .into_iter()
        .map(|problem| Problem { field: field_of(&problem.field), ..problem })
        .filter(|problem| named.insert(problem.field.clone()))
        .collect()
}
