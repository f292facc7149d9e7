//! A ledger that is large already, written into the database as the service would have.

use ledger::{Frontier, Hash, Salt, commitment, leaf_data, leaf_hash, subtree_root};
use sea_orm::ConnectionTrait;

use crate::world::World;

/// Rows in one INSERT.
const AT_ONCE: usize = 500;

/// Fills an empty ledger with so many entries of releases, which concern nobody.
pub(crate) async fn releases(world: &World, count: u64) {
    let pool = world.test.database.pool();
    let (mut frontier, mut leaves, mut rows) = (Frontier::empty(), Vec::new(), Vec::new());
    for index in 0..count {
        let header = format!(r#"{{"index":{index},"time":"2026-11-23T11:00:00.000000Z"}}"#);
        let body = r#"{"engine":"alliantie-consent 0","facts":{"cells":1,"digest":"ab","owner":"00000099000000002000","release":"datasets/x/releases/1"},"kind":"RELEASE_PUBLISHED","parties":[],"trace_id":"","transaction_id":"t"}"#;
        let mut salt = [7; 32];
        salt[..8].copy_from_slice(&index.to_be_bytes());
        let salt = Salt::from_bytes(salt);
        let committed = [&*header, body].map(|text| commitment(&salt, text.as_bytes()));
        let leaf = leaf_hash(&leaf_data(&committed[0], &committed[1]));
        let [of_header, of_body] = committed;
        frontier.append(leaf);
        leaves.push(leaf);
        rows.push(format!(
            "({index}, 'RELEASE_PUBLISHED', 't', '{header}', '{salt}', '{of_header}', '{body}', '{salt}', '{of_body}', '{leaf}')"
        ));
    }
    let columns = "position, kind, transaction_id, header_json, header_salt, header_commitment, body_json, body_salt, body_commitment, leaf_hash";
    for rows in rows.chunks(AT_ONCE) {
        let sql = format!("INSERT INTO ledger_entry ({columns}) VALUES {}", rows.join(", "));
        pool.execute_unprepared(&sql).await.unwrap();
    }
    let text = |hashes: &[Hash]| hashes.iter().map(ToString::to_string).collect::<String>();
    let mut nodes = leaves;
    for level in 0.. {
        let mut roots = Vec::new();
        for (number, hashes) in nodes.chunks_exact(256).enumerate() {
            let root = subtree_root(hashes);
            roots.push(root);
            let sql = format!(
                "INSERT INTO ledger_tile (level, number, hashes, root) VALUES ({level}, {number}, '{}', '{root}')",
                text(hashes)
            );
            pool.execute_unprepared(&sql).await.unwrap();
        }
        if roots.is_empty() {
            break;
        }
        nodes = roots;
    }
    let head = format!("UPDATE ledger_head SET size = {count}, frontier = '{}'", text(frontier.hashes()));
    pool.execute_unprepared(&head).await.unwrap();
}
