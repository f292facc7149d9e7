//! The check of contributions, which go with a count or amount.

use super::record::LineErrors;
use super::sentence;
use crate::domain::contributions::Contributions;
use crate::domain::decimal::Decimal;
use crate::domain::table::IndicatorEntry;

pub(super) const CONTRIBUTIONS: &str = "bijdragen";

/// Who contributes how much to the value of an indicator; none when that is not told, or told wrongly.
pub(super) fn read(
    text: &str,
    indicator: &IndicatorEntry,
    value: Option<Decimal>,
    errors: &mut LineErrors<'_>,
) -> Option<Contributions> {
    if text.is_empty() {
        return None;
    }
    let (problem, told) = match (indicator.additive, value, Contributions::parse(text)) {
        (false, ..) => (Some(sentence::contributions_of_rate(&indicator.code)), None),
        (true, None, _) => (Some(sentence::contributions_without_value()), None),
        (true, Some(_), Err(wrong)) => (Some(sentence::contributions_invalid(&wrong)), None),
        (true, Some(value), Ok(told)) => (misfit(&told, value), Some(told)),
    };
    if let Some(problem) = problem {
        errors.push(CONTRIBUTIONS, text, problem);
        return None;
    }
    told
}

/// Why these are not the contributions to a value, if they are not.
fn misfit(told: &Contributions, value: Decimal) -> Option<sentence::Problem> {
    if let Some((code, amount)) = told.iter().find(|(_, amount)| amount.scale() > value.scale()) {
        return Some(sentence::contribution_too_precise(code, amount, value));
    }
    let total = told.total();
    let is_all = total.is_some_and(|total| total.billionths() == value.billionths());
    (!is_all).then(|| sentence::contributions_sum(total, value))
}
