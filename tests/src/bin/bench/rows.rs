//! Rows written by SQL, where the service would take too long to make as many.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{Frontier, Hash, TILE_WIDTH, subtree_root};
use platform::clock::{Clock, micros};
use platform::db::Database;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use sha3::{Digest, Sha3_512};
use time::Duration;

use crate::world::{Agreed, World};

/// Rows in one statement, and statements in one transaction.
const ROWS: usize = 250;
const STATEMENTS: usize = 40;

/// The columns of an entry.
const ENTRY: &str = "ledger_entry (position,kind,agreement,transaction_id,header_json,header_salt,header_commitment,body_json,body_salt,body_commitment,leaf_hash)";
/// What stands for a hash that nobody looks into.
const LEAF: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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
        for _ in 0..STATEMENTS {
            let (mut contents, mut rows, mut parties) = (String::new(), String::new(), String::new());
            let mut entries = String::new();
            for _ in 0..ROWS.min(until - names.len()) {
                let more = another(agreed, clock);
                let id = id_of(&more.name);
                let quoted = |text: &str| text.replace('\'', "''");
                let (hash, json, text) = (&more.content_hash, quoted(&more.content_json), quoted(&more.text));
                write!(contents, ",('{hash}','{json}','{text}')").expect("text");
                write!(rows, ",('{id}','ACTIVE','{hash}',{to},{from},{from},1,{from},'{LEAF}')")
                    .expect("text");
                let position = names.len();
                let header = format!(
                    "{{\"agreement\":\"agreements/{id}\",\"agreement_sequence\":1,\"index\":{position},\"state\":\"ACTIVE\",\"time\":\"2026-11-23T12:00:00.000000Z\"}}"
                );
                write!(
                    entries,
                    ",(-{position},'AGREEMENT_CHANGED','{id}','{id}','{header}','{LEAF}','{LEAF}','{{}}','{LEAF}','{LEAF}','{LEAF}')"
                )
                .expect("text");
                for party in [testkit::Party::Weller, testkit::Party::Ggd] {
                    write!(parties, ",('{}','{id}')", party.oin()).expect("text");
                }
                names.push(more.name);
            }
            insert(&tx, "agreement_content (content_hash,content_json,text_nl)", &contents).await;
            let columns =
                "id,state,content_hash,end_time,create_time,update_time,entries,start_time,last_leaf";
            insert(&tx, &format!("agreement ({columns})"), &rows).await;
            insert(&tx, "agreement_party (oin,agreement)", &parties).await;
            insert(&tx, ENTRY, &entries).await;
        }
        tx.commit().await.expect("rows");
    }
    names
}

/// Adds rows, each with a comma before it.
async fn insert(tx: &DatabaseTransaction, into: &str, rows: &str) {
    if let Some(rows) = rows.strip_prefix(',') {
        tx.execute_unprepared(&format!("INSERT INTO {into} VALUES {rows}")).await.expect("rows");
    }
}

/// Makes the ledger so long, in SQLite, with its tiles and its head. The entries that are added have
/// the size of their hashes and salts but no body, and one leaf hash: what an append depends on.
pub(crate) async fn longer_ledger(world: &World, until: u64) {
    let database = &world.test.database;
    let query = "SELECT leaf_hash FROM ledger_entry ORDER BY position";
    let statement = Statement::from_string(database.pool().get_database_backend(), query);
    let found = database.pool().query_all_raw(statement).await.expect("the ledger");
    let mut level: Vec<Hash> = found
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).expect("a text").parse().expect("a hash"))
        .collect();
    let leaf = *level.last().expect("an entry");
    let first = level.len();
    level.resize(usize::try_from(until).expect("a size"), leaf);
    let mut frontier = Frontier::empty();
    level.iter().for_each(|leaf| frontier.append(*leaf));
    let agreement = id_of(&world.agreed.name);
    let mut from = first;
    while from < level.len() {
        let to = (from + ROWS * STATEMENTS * 8).min(level.len());
        let tx = database.begin_write().await.expect("a transaction");
        let numbers =
            format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i+1 FROM n WHERE i+1<{to})");
        let entry = format!(
            "INSERT INTO {ENTRY} {numbers} SELECT i,'PERMITTED','{agreement}',printf('0190163d-8694-739b-aea5-%012x',i),\
             printf('{{\"agreement\":\"agreements/{agreement}\",\"agreement_sequence\":%d,\"index\":%d,\"previous\":\"{leaf}\",\"state\":\"ACTIVE\",\"time\":\"2026-11-23T12:00:00.000000Z\"}}',i,i),\
             '{leaf}','{leaf}','{{}}','{leaf}','{leaf}','{leaf}' FROM n"
        );
        tx.execute_unprepared(&entry).await.expect("entries");
        for party in [testkit::Party::Weller, testkit::Party::Ggd] {
            let oin = party.oin();
            let rows =
                format!("INSERT INTO ledger_party (oin,position,whole) {numbers} SELECT '{oin}',i,1 FROM n");
            tx.execute_unprepared(&rows).await.expect("readers of entries");
        }
        tx.commit().await.expect("rows");
        from = to;
    }
    let tx = database.begin_write().await.expect("a transaction");
    tx.execute_unprepared("DELETE FROM ledger_tile").await.expect("no tiles");
    let mut number = 0;
    while level.len() >= usize::try_from(TILE_WIDTH).expect("a width") {
        let tiles: Vec<&[Hash]> = level.chunks_exact(256).collect();
        let roots: Vec<Hash> = tiles.iter().map(|tile| subtree_root(tile)).collect();
        for (place, (tile, root)) in tiles.iter().zip(&roots).enumerate() {
            let row = format!(",({number},{place},'{}','{root}')", hex(tile));
            insert(&tx, "ledger_tile (level,number,hashes,root)", &row).await;
        }
        level = roots;
        number += 1;
    }
    let head = format!("UPDATE ledger_head SET size={until}, frontier='{}'", hex(frontier.hashes()));
    tx.execute_unprepared(&head).await.expect("a head");
    tx.commit().await.expect("the tiles");
}

fn hex(hashes: &[Hash]) -> String {
    hashes.iter().map(ToString::to_string).collect()
}
