//! The stabiliteitsdriehoek of an area.

use platform::identity::Caller;
use platform::status::FieldViolation;

use super::App;
use super::access::{Reader, reader};
use super::error::Error;
use super::read::ground;
use crate::app::read::Ground;
use crate::domain::area::Area;
use crate::domain::release::ReleaseId;
use crate::domain::triangle::{Element, Sides, triangle};
use crate::store;

/// The stabiliteitsdriehoek of an area.
#[derive(Clone, Debug)]
pub(crate) struct Triangle {
    pub area: Area,
    pub benchmark: Area,
    pub year: u16,
    pub elements: Vec<Element>,
    pub release: ReleaseId,
}

impl App {
    pub(crate) async fn triangle(
        &self,
        caller: &Caller,
        area: &str,
        benchmark: &str,
        year: u16,
    ) -> Result<Triangle, Error> {
        let area = self.area(area).await?;
        let pool = self.store.database().pool();
        let Some(benchmark) = store::catalogue::area(pool, benchmark).await? else {
            return Err(Error::Invalid(vec![FieldViolation::new(
                "benchmark",
                "does not exist",
                "bestaat niet",
            )]));
        };
        let dataset = self.dataset(&self.config.triangle_dataset).await?;
        let reader = match reader(caller, &dataset)? {
            reader @ (Reader::Public(_) | Reader::Owner(_)) => reader,
            Reader::Recipient(_) => return Err(Error::NotFound(format!("datasets/{}", dataset.code))),
        };
        let Some(Ground::Reader(access)) = ground(&reader, None) else {
            return Err(Error::NotFound(format!("datasets/{}", dataset.code)));
        };
        let nothing = || Error::NotFound(format!("datasets/{}/releases", dataset.code));
        let id =
            ReleaseId { dataset: dataset.code.clone(), number: dataset.latest_release.ok_or_else(nothing)? };
        let release = store::release::release(pool, &id).await?.ok_or_else(nothing)?;
        let table = self.store.cells(&release, access).await?;
        let themes = store::catalogue::themes(pool).await?;
        let indicators = store::catalogue::indicators_named(pool, &dataset.indicators).await?;
        let sides = Sides { area: &area.code, benchmark: &benchmark.code, year };
        let elements = triangle(&table, &dataset.dimensions, &themes, &indicators, sides);
        Ok(Triangle { area, benchmark, year, elements, release: id })
    }
}
