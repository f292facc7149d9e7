//! The ledger as a Merkle log of RFC 6962: every entry is a leaf, and the root of the tree stands
//! for all of them, so that no entry can be changed, moved or left out without every later root
//! changing. Tiles, signed notes, checkpoints and cosignatures have the formats of
//! <https://c2sp.org> (tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature), so that the
//! usual tools for transparency logs read them.
//!
//! Pure: it keeps nothing and reads nothing. Who stores the tiles hands them in.

pub mod audit;
mod checkpoint;
mod entry;
mod frontier;
mod hash;
mod note;
mod proof;
mod receipt;
mod statement;
mod tile;
mod verifier;
mod verify;

pub use checkpoint::{Checkpoint, NotACheckpoint};
pub use entry::{LEAF_BYTES, Salt, commitment, leaf_data};
pub use frontier::{Frontier, NotAFrontier};
pub use hash::{EMPTY_ROOT, Hash, NotAHash, leaf_hash, node_hash};
pub use note::{MAX_SIGNATURES, NoteError, NoteSignature, SignedNote};
pub use proof::{ReadError, TileSource, Tree, consistency_proof, inclusion_proof, leaf, root, wrong_tiles};
pub use receipt::{NotAReceipt, Receipt, ReceiptError, Says, Sentence, Sentences, sentence_digest};
pub use statement::{NotAStatement, Statement};
pub use tile::{
    BundleError, NotATilePath, TILE_WIDTH, TileId, TilePath, entry_bundle, parse_entry_bundle, subtree_root,
    tiles_for, tiles_of,
};
pub use verifier::{KeyError, KeyKind, NoteSigner, NoteVerifier, VerifyError};
pub use verify::{ProofError, verify_consistency, verify_inclusion};
