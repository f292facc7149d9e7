//! What the other services would tell, as the test says.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use consent::{
    DatasetFacts, Described, Figures, Obstacle, PreviewQuery, Previewed, Programme, Protection,
    ProtectionTerm, Unanswered,
};
use testkit::Party as Caller;

use crate::world::DATASET;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unanswered>> + Send + 'a>>;

/// A dataset of Wonen Zuid.
pub(crate) const OTHER_DATASET: &str = "datasets/wonen-zuid-fictief";
/// A dataset that everybody may read.
pub(crate) const PUBLIC_DATASET: &str = "datasets/openbaar";

/// The figures. Areas whose code begins with GM or WK are municipalities and districts, those with
/// ONBEKEND are not there, and all others are neighbourhoods; likewise the indicators.
#[derive(Debug, Default)]
pub(crate) struct FakeFigures {
    /// Whether asking fails.
    pub(crate) down: AtomicBool,
    /// What a preview comes to.
    pub(crate) previewed: Mutex<Previewed>,
    /// What was asked for a preview of.
    pub(crate) queries: Mutex<Vec<PreviewQuery>>,
    /// What is in the way of protecting small groups.
    pub(crate) obstacle: Mutex<Option<Obstacle>>,
    /// What was asked to be protected, and how.
    pub(crate) protected: Mutex<Vec<(String, Protection)>>,
    /// How often it was asked anything.
    pub(crate) asked: AtomicUsize,
}

fn level(area: &str) -> Option<&'static str> {
    match area.strip_prefix("areas/")? {
        code if code.starts_with("GM") => Some("MUNICIPALITY"),
        code if code.starts_with("WK") => Some("DISTRICT"),
        code if code.starts_with("ONBEKEND") => None,
        _ => Some("NEIGHBOURHOOD"),
    }
}

fn dataset(name: &str) -> Option<DatasetFacts> {
    let (owner, public) = match name {
        DATASET => (Caller::Weller, false),
        PUBLIC_DATASET => (Caller::Weller, true),
        OTHER_DATASET => (Caller::WonenZuid, false),
        _ => return None,
    };
    Some(DatasetFacts {
        owner: owner.oin().parse().unwrap(),
        public,
        fictitious: true,
        indicators: ["huurachterstand", "huishoudens"].map(|code| format!("indicators/{code}")).to_vec(),
        rates: vec!["indicators/huishoudens".to_owned()],
        dimensions: vec!["leeftijdsgroep".to_owned()],
        enforceable: vec![ProtectionTerm::MinimumCount, ProtectionTerm::Zeros],
    })
}

impl FakeFigures {
    fn up(&self) -> Result<(), Unanswered> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let down = self.down.load(Ordering::SeqCst);
        if down { Err(Unanswered::new("indicators", "it is down")) } else { Ok(()) }
    }
}

impl Figures for FakeFigures {
    fn describe<'a>(
        &'a self,
        name: &'a str,
        areas: &'a [String],
        indicators: &'a [String],
    ) -> Answer<'a, Described> {
        Box::pin(async move {
            self.up()?;
            let levels: HashMap<String, String> =
                areas.iter().filter_map(|area| Some((area.clone(), level(area)?.to_owned()))).collect();
            let mut unknown_indicators = indicators.to_vec();
            unknown_indicators.retain(|indicator| indicator.contains("ONBEKEND"));
            Ok(Described { dataset: dataset(name), levels, unknown_indicators })
        })
    }

    fn protect<'a>(&'a self, dataset: &'a str, protection: Protection) -> Answer<'a, Option<Obstacle>> {
        Box::pin(async move {
            self.up()?;
            self.protected.lock().unwrap().push((dataset.to_owned(), protection));
            Ok(self.obstacle.lock().unwrap().clone())
        })
    }

    fn preview(&self, query: PreviewQuery) -> Answer<'_, Previewed> {
        Box::pin(async move {
            self.up()?;
            self.queries.lock().unwrap().push(query);
            Ok(self.previewed.lock().unwrap().clone())
        })
    }
}

/// The programme: it has goals/S1, goals/S2 and inspanningen/7A.
#[derive(Debug, Default)]
pub(crate) struct FakeProgramme {
    /// Whether asking fails.
    pub(crate) down: AtomicBool,
}

impl Programme for FakeProgramme {
    fn exists<'a>(&'a self, name: &'a str) -> Answer<'a, bool> {
        let found = if self.down.load(Ordering::SeqCst) {
            Err(Unanswered::new("inspanningen", "it is down"))
        } else {
            Ok(["goals/S1", "goals/S2", "inspanningen/7A"].contains(&name))
        };
        Box::pin(async move { found })
    }
}
