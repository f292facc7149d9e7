//! The step of every schema by which old answers are found.

use sea_orm_migration::prelude::*;

const TABLE: &str = "request_log";
const INDEX: &str = "request_log_by_time";

/// Migration step: finds kept answers by their time.
#[derive(Debug)]
pub struct AnswersByTime;

impl MigrationName for AnswersByTime {
    fn name(&self) -> &str {
        "m20261129_000001_answers_by_time"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AnswersByTime {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index =
            Index::create().name(INDEX).table(Alias::new(TABLE)).col(Alias::new("create_time")).to_owned();
        manager.create_index(index).await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(Alias::new(TABLE)).to_owned()).await
    }
}
