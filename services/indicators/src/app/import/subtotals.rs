//! What the file of breakdowns declares of sub-totals, also of datasets that are there.

use sea_orm::DatabaseTransaction;

use super::sheet::Row;
use super::{App, ImportError};
use crate::domain::dataset::{Dataset, Dimension};
use crate::domain::subtotal::Subtotal;
use crate::store;

/// The column with the sub-totals of a breakdown: `1+=1|2|3;3=3a|3b`.
const SUBTOTALS: &str = "deeltotalen";

/// What a row declares of the sub-totals of a breakdown.
pub(super) struct Told {
    row: Row,
    dimension: String,
    subtotals: Vec<Subtotal>,
}

fn wrong(row: &Row, problem: impl Into<String>) -> ImportError {
    ImportError::Subtotals { line: row.line(), problem: problem.into() }
}

impl Told {
    /// What a row declares of its breakdown, which gets it; none where the file does not have the column.
    pub(super) fn read(row: Row, dimension: &mut Dimension) -> Result<Option<Self>, ImportError> {
        let Some(listed) = row.list_if_told(SUBTOTALS)? else { return Ok(None) };
        let subtotals = listed.iter().map(|text| subtotal(&row, text, dimension));
        dimension.subtotals = subtotals.collect::<Result<_, _>>()?;
        if let Some(problem) = dimension.problems_of_subtotals("").into_iter().next() {
            return Err(wrong(&row, problem.nl));
        }
        let (dimension, subtotals) = (dimension.code.clone(), dimension.subtotals.clone());
        Ok(Some(Self { row, dimension, subtotals }))
    }

    /// The breakdown of a dataset that is there with what is declared now; none where that is nothing new.
    fn of(&self, there: &Dataset) -> Result<Option<Dimension>, ImportError> {
        let Some(own) = there.dimensions.iter().find(|own| own.code == self.dimension) else {
            let (code, dimension) = (&there.code, &self.dimension);
            let problem = format!("is van {dimension}, en datasets/{code} is er al zonder die uitsplitsing");
            return if self.subtotals.is_empty() { Ok(None) } else { Err(wrong(&self.row, problem)) };
        };
        let declared = Dimension { subtotals: self.subtotals.clone(), ..own.clone() };
        if let Some(problem) = declared.problems_of_subtotals("").into_iter().next() {
            let (problem, code) = (problem.nl, &there.code);
            return Err(wrong(&self.row, format!("{problem} (van datasets/{code}, die er al is)")));
        }
        let is_same = declared.lost_in(own).is_empty() && own.lost_in(&declared).is_empty();
        Ok((!is_same).then_some(declared))
    }
}

/// One sub-total: a category, `=`, and its parts with `|` between. A category can have a `=` itself.
fn subtotal(row: &Row, text: &str, dimension: &Dimension) -> Result<Subtotal, ImportError> {
    let is_category = |own: &&(&str, &str)| dimension.categories.iter().any(|known| known == own.0.trim());
    let ways = text.match_indices('=');
    let ways = ways.filter_map(|(at, sign)| Some((text.get(..at)?, text.get(at + sign.len()..)?)));
    let ways: Vec<(&str, &str)> = ways.collect();
    let Some((category, parts)) = ways.iter().find(is_category).or(ways.first()) else {
        let problem = format!(
            "heeft {text}; verwacht wordt een categorie, een = en haar delen met een | ertussen, zoals 1+=1|2|3"
        );
        return Err(wrong(row, problem));
    };
    let parts = parts.split('|').map(|part| part.trim().to_owned());
    Ok(Subtotal { category: category.trim().to_owned(), parts: parts.collect() })
}

impl App {
    /// Takes over what is declared of the sub-totals of a dataset that is there, which nobody else changes
    /// meanwhile. Published figures must not contradict it, and what they are protected by is not taken back.
    pub(super) async fn declare_subtotals(
        &self,
        tx: &DatabaseTransaction,
        there: &Dataset,
        told: &[Told],
    ) -> Result<(), ImportError> {
        for own in told {
            let Some(declared) = own.of(there)? else { continue };
            if let Some(lost) = self.store.lost_protection(tx, there, &declared).await? {
                let (category, parts, code) = (&lost.category, lost.parts.join(", "), &there.code);
                let problem = format!(
                    "zegt niet meer dat {category} de som is van {parts}, en daarmee zijn gepubliceerde cijfers \
                     van datasets/{code} beschermd; laat dat staan, of lever verder onder een nieuwe indicator \
                     in een nieuwe dataset"
                );
                return Err(wrong(&own.row, problem));
            }
            if let Some(problem) = self.store.contradiction(tx, there, &declared).await? {
                return Err(wrong(
                    &own.row,
                    format!("wordt tegengesproken door gepubliceerde cijfers: {problem}"),
                ));
            }
            store::dataset::declare(tx, &there.code, &declared).await?;
        }
        Ok(())
    }
}
