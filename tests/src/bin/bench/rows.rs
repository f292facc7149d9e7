//! Rows written by SQL, where the service would take too long to make as many.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{Frontier, Hash, TILE_WIDTH, subtree_root};
use platform::clock::{Clock, micros};
use platform::db::Database;
use sea_orm::sea_query::{Alias, Expr, InsertStatement, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use sha3::{Digest, Sha3_512};
use time::Duration;

use crate::world::{Agreed, World};

/// Rows in one statement, and statements in one transaction.
const ROWS: usize = 250;
const STATEMENTS: usize = 40;

/// Entries that the database makes itself, in one transaction.
const GENERATED: usize = 80_000;

/// What stands for a hash that nobody looks into.
const LEAF: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// When everything was entered.
const ENTERED: &str = "2026-11-23T12:00:00.000000Z";

/// The columns of an agreement.
const AGREEMENT: [&str; 9] = [
    "id",
    "state",
    "content_hash",
    "end_time",
    "create_time",
    "update_time",
    "entries",
    "start_time",
    "last_leaf",
];
/// The columns of an entry.
const ENTRY: [&str; 11] = [
    "position",
    "kind",
    "agreement",
    "transaction_id",
    "header_json",
    "header_salt",
    "header_commitment",
    "body_json",
    "body_salt",
    "body_commitment",
    "leaf_hash",
];

/// Entries from the first number up to the second about an agreement, by name, all with one hash.
const ENTRIES: &str = "INSERT INTO ledger_entry (position, kind, agreement, transaction_id, header_json, \
        header_salt, header_commitment, body_json, body_salt, body_commitment, leaf_hash) \
    WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) \
    SELECT i, 'PERMITTED', substr(?3, 12), printf('0190163d-8694-739b-aea5-%012x', i), \
        json_object('agreement', ?3, 'agreement_sequence', i, 'index', i, 'previous', ?4, \
            'state', 'ACTIVE', 'time', '2026-11-23T12:00:00.000000Z'), \
        ?4, ?4, '{}', ?4, ?4, ?4 FROM n";
/// An organisation as the reader of those entries.
const READERS: &str = "INSERT INTO ledger_party (oin, position, whole) \
    WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) \
    SELECT ?3, i, 1 FROM n";

/// The same agreement under another name, as the service would have written it down.
pub(crate) fn another(agreed: &Agreed, clock: &Clock) -> Agreed {
    let name = format!("agreements/{}", clock.uuid());
    let (old, new) = (id_of(&agreed.name), id_of(&name));
    let hash = |text: &str| URL_SAFE_NO_PAD.encode(Sha3_512::digest(text));
    let text = agreed.text.replace(old, new);
    let content_json = agreed.content_json.replace(old, new).replace(&hash(&agreed.text), &hash(&text));
    consent::offline::check_text(&content_json, &text).expect("the text of the content");
    let content_hash = consent::offline::content_hash(&content_json).expect("canonical content");
    Agreed { name, content_json, content_hash, text }
}

fn id_of(name: &str) -> &str {
    name.strip_prefix("agreements/").expect("the name of an agreement")
}

/// Writes active agreements until there are so many; tells the names of all. The entry that each was signed
/// by stands before the ledger: a decision depends on it, and nothing else here does.
pub(crate) async fn more_agreements(
    database: &Database,
    agreed: &Agreed,
    until: usize,
    clock: &Clock,
) -> Vec<String> {
    let mut names = vec![agreed.name.clone()];
    let (from, to) = (micros(clock.now() - Duration::DAY), micros(clock.now() + Duration::days(300)));
    while names.len() < until {
        let tx = database.begin_write().await.expect("a transaction");
        for _ in 0..STATEMENTS.min((until - names.len()).div_ceil(ROWS)) {
            let mut contents = Rows::of("agreement_content", ["content_hash", "content_json", "text_nl"]);
            let mut agreements = Rows::of("agreement", AGREEMENT);
            let mut parties = Rows::of("agreement_party", ["oin", "agreement"]);
            let mut entries = Rows::of("ledger_entry", ENTRY);
            for _ in 0..ROWS.min(until - names.len()) {
                let Agreed { name, content_json, content_hash: hash, text } = another(agreed, clock);
                let (id, place) = (id_of(&name), i64::try_from(names.len()).expect("a number"));
                agreements.add([
                    id.into(),
                    "ACTIVE".into(),
                    hash.as_str().into(),
                    to.into(),
                    from.into(),
                    from.into(),
                    1.into(),
                    from.into(),
                    LEAF.into(),
                ]);
                contents.add([hash.into(), content_json.into(), text.into()]);
                for party in [testkit::Party::Weller, testkit::Party::Ggd] {
                    parties.add([party.oin().into(), id.into()]);
                }
                let header = serde_json::json!({
                    "agreement": name,
                    "agreement_sequence": 1,
                    "index": place,
                    "state": "ACTIVE",
                    "time": ENTERED,
                });
                entries.add([
                    (-place).into(),
                    "AGREEMENT_CHANGED".into(),
                    id.into(),
                    id.into(),
                    header.to_string().into(),
                    LEAF.into(),
                    LEAF.into(),
                    "{}".into(),
                    LEAF.into(),
                    LEAF.into(),
                    LEAF.into(),
                ]);
                names.push(name);
            }
            for rows in [contents, agreements, parties, entries] {
                rows.write(&tx).await;
            }
        }
        tx.commit().await.expect("rows");
    }
    names
}

/// Rows of one table, to be written by one statement.
struct Rows(InsertStatement);

impl Rows {
    fn of<const N: usize>(table: &'static str, columns: [&'static str; N]) -> Self {
        Self(Query::insert().into_table(Alias::new(table)).columns(columns.map(Alias::new)).to_owned())
    }

    /// Adds one; its values are in the order of the columns.
    fn add<const N: usize>(&mut self, values: [Expr; N]) {
        self.0.values(values).expect("a value for each column");
    }

    async fn write(self, tx: &DatabaseTransaction) {
        tx.execute(&self.0).await.expect("rows");
    }
}

/// Makes the ledger at least so long, in SQLite, with its tiles and its head. The entries that are added have
/// the size of their hashes and salts but no body, and one leaf hash: what an append depends on.
pub(crate) async fn longer_ledger(world: &World, until: u64) {
    let database = &world.test.database;
    let backend = database.pool().get_database_backend();
    let query = "SELECT leaf_hash FROM ledger_entry ORDER BY position";
    let found = database.pool().query_all_raw(Statement::from_string(backend, query)).await;
    let mut level: Vec<Hash> = found
        .expect("the ledger")
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).expect("a text").parse().expect("a hash"))
        .collect();
    let leaf = *level.last().expect("an entry");
    let (first, until) = (level.len(), usize::try_from(until).expect("a size"));
    if first >= until {
        return;
    }
    level.resize(until, leaf);
    let mut frontier = Frontier::empty();
    level.iter().for_each(|leaf| frontier.append(*leaf));
    let [first, size] = [first, until].map(|number| i64::try_from(number).expect("a size"));
    for from in (first..size).step_by(GENERATED) {
        let to = size.min(from + i64::try_from(GENERATED).expect("a size"));
        let tx = database.begin_write().await.expect("a transaction");
        let generate = async |insert: &str, values: Vec<Value>| {
            let values = [from.into(), to.into()].into_iter().chain(values);
            tx.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await.expect("rows");
        };
        generate(ENTRIES, vec![world.agreed.name.as_str().into(), leaf.to_string().into()]).await;
        for party in [testkit::Party::Weller, testkit::Party::Ggd] {
            generate(READERS, vec![party.oin().into()]).await;
        }
        tx.commit().await.expect("rows");
    }
    let tx = database.begin_write().await.expect("a transaction");
    tx.execute_unprepared("DELETE FROM ledger_tile").await.expect("no tiles");
    let mut number = 0;
    while level.len() >= usize::try_from(TILE_WIDTH).expect("a width") {
        let tiles: Vec<&[Hash]> = level.chunks_exact(256).collect();
        let roots: Vec<Hash> = tiles.iter().map(|tile| subtree_root(tile)).collect();
        for (place, (tile, root)) in (0_i64..).zip(tiles.iter().zip(&roots)) {
            let mut row = Rows::of("ledger_tile", ["level", "number", "hashes", "root"]);
            row.add([number.into(), place.into(), hex(tile).into(), root.to_string().into()]);
            row.write(&tx).await;
        }
        level = roots;
        number += 1;
    }
    let head = [size.into(), hex(frontier.hashes()).into()];
    let head = Statement::from_sql_and_values(backend, "UPDATE ledger_head SET size = ?, frontier = ?", head);
    tx.execute_raw(head).await.expect("a head");
    // What is kept beside the agreement is what the last entry about it says.
    let last = [(size - 1).into(), leaf.to_string().into(), id_of(&world.agreed.name).into()];
    let beside = "UPDATE agreement SET entries = ?, last_leaf = ? WHERE id = ?";
    tx.execute_raw(Statement::from_sql_and_values(backend, beside, last)).await.expect("the last entry");
    tx.commit().await.expect("the tiles");
}

fn hex(hashes: &[Hash]) -> String {
    hashes.iter().map(ToString::to_string).collect()
}
