//! The vocabulary of the programme, read from CSV files. What is there already is kept, but what is declared of
//! indicators is taken over.

mod declared;
mod sheet;
mod subtotals;

use std::collections::{HashMap, HashSet};

use super::App;
use super::error::Error;
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::{Dataset, Dimension, Problem, Visibility};
use crate::domain::indicator::{Indicator, Polarity, Theme};
use crate::store;

use declared::Declared;
use sheet::Row;
pub use sheet::SheetError;
use subtotals::Told;

/// The contents of the files with the vocabulary: UTF-8, commas, a header. An empty file adds
/// nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct CatalogFiles<'a> {
    /// `code,naam,element`.
    pub themes: &'a [u8],
    /// `code,naam,soort,ouder,vanaf_jaar,tot_jaar,bestaat_uit,opmerking`.
    pub areas: &'a [u8],
    /// `code,thema,naam,eenheid,populatie,polariteit,herkomst_polariteit,optelbaar`, and as one likes
    /// `optelbaar_in_de_tijd,verdeling`.
    pub indicators: &'a [u8],
    /// `code,naam,omschrijving,eigenaar_oin,zichtbaarheid,fictief`.
    pub datasets: &'a [u8],
    /// `dataset,code,naam,totaal,categorieen`, and as one likes `deeltotalen`.
    pub dimensions: &'a [u8],
    /// `dataset,indicator`.
    pub dataset_indicators: &'a [u8],
}

/// Why the vocabulary cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file is wrong.
    #[error(transparent)]
    File(#[from] SheetError),
    /// A declaration is taken back that published figures are protected by.
    #[error(
        "indicatoren.csv, regel {line}, kolom {column}: {indicator} kan niet meer van ja naar nee, want daarmee \
         zijn gepubliceerde cijfers van datasets/{dataset} beschermd; geef de indicator een nieuwe code"
    )]
    Loosened {
        /// Line in the file, the header being line 1.
        line: u64,
        /// The column with the declaration.
        column: &'static str,
        /// Code of the indicator.
        indicator: String,
        /// Code of the first dataset with such figures.
        dataset: String,
    },
    /// What is declared of the sub-totals of a breakdown is wrong, published figures contradict it, or it takes
    /// back what they are protected by.
    #[error("dimensies.csv, regel {line}, kolom deeltotalen: {problem}")]
    Subtotals {
        /// Line in the file, the header being line 1.
        line: u64,
        /// What is wrong, in Dutch.
        problem: String,
    },
    /// The database failed.
    #[error("the database cannot be written: {0}")]
    Database(String),
}

impl From<store::Error> for ImportError {
    fn from(error: store::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<Error> for ImportError {
    fn from(error: Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl App {
    /// Adds what is not there yet, and takes over what is declared of indicators and of sub-totals: all of it or
    /// nothing.
    pub(crate) async fn import(&self, files: &CatalogFiles<'_>) -> Result<(), ImportError> {
        let datasets = datasets(files)?;
        let declared = datasets.iter().filter(|own| !own.told.is_empty());
        let declared = declared.map(|own| own.dataset.code.as_str());
        let tx = store::catalogue::begin_import(self.store.database(), declared).await?;
        store::catalogue::add_themes(&tx, &themes(files.themes)?).await?;
        let known = store::catalogue::all_areas(&tx).await?;
        store::catalogue::add_areas(&tx, &areas(files.areas, &known)?).await?;
        let known = store::catalogue::themes(&tx).await?;
        let declared = indicators(files.indicators, &known)?;
        let new: Vec<Indicator> = declared.iter().map(|own| own.indicator.clone()).collect();
        store::catalogue::add_indicators(&tx, &new).await?;
        self.declare(&tx, &declared).await?;
        for New { row, dataset, told } in datasets {
            if let Some(there) = store::dataset::dataset(&tx, &dataset.code).await? {
                same_owner_and_visibility(&row, &dataset, &there)?;
                self.declare_subtotals(&tx, &there, &told).await?;
                continue;
            }
            let known = store::catalogue::indicators_named(&tx, &dataset.indicators).await?;
            let missing =
                dataset.indicators.iter().find(|code| known.iter().all(|other| other.code != **code));
            if let Some(missing) = missing {
                return Err(row
                    .wrong("code", format!("has the indicator {missing}, which does not exist"))
                    .into());
            }
            let others = store::dataset::of_owner(&tx, &dataset.owner).await?;
            if let Some(problem) = dataset.problems_beside(&others).first() {
                return Err(not_so(&row, problem).into());
            }
            store::dataset::add(&tx, &dataset).await?;
        }
        tx.commit().await.map_err(Error::from)?;
        Ok(())
    }
}

/// What is there is kept; but who owns a dataset and who may see it must be what the file says.
fn same_owner_and_visibility(row: &Row, dataset: &Dataset, there: &Dataset) -> Result<(), SheetError> {
    if dataset.owner != there.owner {
        let (code, owner) = (&there.code, &there.owner);
        return Err(row.wrong("eigenaar_oin", format!("differs: {code} is there and belongs to {owner}")));
    }
    if dataset.visibility != there.visibility {
        let (code, visibility) = (&there.code, there.visibility.dutch());
        return Err(row.wrong("zichtbaarheid", format!("differs: {code} is there and is {visibility}")));
    }
    Ok(())
}

/// That the dataset of a row cannot be so.
fn not_so(row: &Row, problem: &Problem) -> SheetError {
    row.wrong("code", format!("is of a dataset of which {} {}", problem.field, problem.en))
}

fn themes(file: &[u8]) -> Result<Vec<Theme>, SheetError> {
    let theme = |row: Row| {
        Ok(Theme {
            code: row.code("code")?,
            name: row.needed("naam")?,
            stability_element: row.yes_or_no("element")?,
        })
    };
    sheet::read("themas.csv", file)?.into_iter().map(theme).collect()
}

fn areas(file: &[u8], known: &[Area]) -> Result<Vec<Area>, SheetError> {
    let rows = sheet::read("gebieden.csv", file)?;
    let mut parent_of: HashMap<String, String> = HashMap::new();
    for area in known {
        parent_of.insert(area.code.clone(), area.parents.first().cloned().unwrap_or_default());
    }
    for row in &rows {
        parent_of.entry(row.code("code")?).or_insert(row.text("ouder")?);
    }
    let ancestors = |row: &Row, code: &str| {
        let mut parents = Vec::new();
        let mut next = parent_of.get(code).filter(|parent| !parent.is_empty());
        while let Some(parent) = next {
            if !parent_of.contains_key(parent) || parents.contains(parent) || parent == code {
                return Err(row.wrong("ouder", "leads to an area that does not exist, or back to itself"));
            }
            parents.push(parent.clone());
            next = parent_of.get(parent).filter(|parent| !parent.is_empty());
        }
        Ok(parents)
    };
    let area = |row: Row| {
        let code = row.code("code")?;
        Ok(Area {
            name: row.needed("naam")?,
            kind: row.one_of("soort", AreaKind::of_dutch)?,
            parents: ancestors(&row, &code)?,
            valid_from: row.year("vanaf_jaar")?,
            valid_until: row.year("tot_jaar")?,
            consists_of: row.list("bestaat_uit")?,
            note: row.text("opmerking")?,
            code,
        })
    };
    rows.into_iter().map(area).collect()
}

fn indicators(file: &[u8], themes: &[Theme]) -> Result<Vec<Declared>, SheetError> {
    let indicator = |row: Row| {
        let theme = row.needed("thema")?;
        if themes.iter().all(|known| known.code != theme) {
            return Err(row.wrong("thema", format!("has {theme}, which is not a theme")));
        }
        let indicator = Indicator {
            code: row.code("code")?,
            theme,
            name: row.needed("naam")?,
            unit: row.needed("eenheid")?,
            population: row.needed("populatie")?,
            polarity: row.one_of("polariteit", Polarity::of_dutch)?,
            polarity_source: row.text("herkomst_polariteit")?,
            additive: row.yes_or_no("optelbaar")?,
            adds_up_over_time: true,
            distribution: false,
        };
        Declared::read(row, indicator)
    };
    sheet::read("indicatoren.csv", file)?.into_iter().map(indicator).collect()
}

/// A dataset as the files have it.
struct New {
    row: Row,
    dataset: Dataset,
    /// What they declare of its sub-totals.
    told: Vec<Told>,
}

fn datasets(files: &CatalogFiles<'_>) -> Result<Vec<New>, ImportError> {
    let rows = sheet::read("datasets.csv", files.datasets)?;
    let codes: HashSet<String> = rows.iter().map(|row| row.code("code")).collect::<Result<_, _>>()?;
    let of_dataset = |row: &Row| {
        let dataset = row.needed("dataset")?;
        if codes.contains(&dataset) {
            return Ok(dataset);
        }
        Err(row.wrong("dataset", format!("has {dataset}, which is not in datasets.csv")))
    };
    let mut dimensions: HashMap<String, (Vec<Dimension>, Vec<Told>)> = HashMap::new();
    for row in sheet::read("dimensies.csv", files.dimensions)? {
        let (own, told) = dimensions.entry(of_dataset(&row)?).or_default();
        let mut dimension = Dimension {
            code: row.needed("code")?,
            name: row.needed("naam")?,
            total: Some(row.text("totaal")?).filter(|total| !total.is_empty()),
            categories: row.list("categorieen")?,
            subtotals: Vec::new(),
        };
        told.extend(Told::read(row, &mut dimension)?);
        own.push(dimension);
    }
    let mut indicators: HashMap<String, Vec<String>> = HashMap::new();
    for row in sheet::read("datasetindicatoren.csv", files.dataset_indicators)? {
        indicators.entry(of_dataset(&row)?).or_default().push(row.needed("indicator")?);
    }
    let mut dataset = |row: Row| {
        let code = row.code("code")?;
        let owner = row.needed("eigenaar_oin")?;
        if owner.parse::<platform::identity::Oin>().is_err() {
            return Err(row.wrong("eigenaar_oin", "is not an OIN of 20 digits").into());
        }
        let (dimensions, told) = dimensions.remove(&code).unwrap_or_default();
        let dataset = Dataset {
            name: row.needed("naam")?,
            description: row.text("omschrijving")?,
            owner,
            visibility: row.one_of("zichtbaarheid", Visibility::of_dutch)?,
            indicators: indicators.remove(&code).unwrap_or_default(),
            dimensions,
            fictitious: row.yes_or_no("fictief")?,
            latest_release: None,
            code,
        };
        if let Some(problem) = dataset.problems().first() {
            return Err(not_so(&row, problem).into());
        }
        Ok(New { row, dataset, told })
    };
    rows.into_iter().map(&mut dataset).collect()
}
