//! What is made of a tile's outcomes where nobody needs them one by one. A backend whose outcomes lie far from the host may
//! make it where they are, and hand back that alone; the others hand back columns.

mod ends;
mod rows;

use std::sync::Arc;

pub use ends::{Ends, Region, Rest};
pub use rows::{Layout, RowStatistics};
pub(crate) use rows::{finite_or_infinity, from_ordered_bits, ordered_bits};

use crate::backend::Columns;

/// What a caller wants of every tile.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The outcomes.
    pub columns: Columns,
    /// What will do in their place, where a backend makes it.
    pub digest: Option<Digest>,
}

impl From<Columns> for Wanted {
    fn from(columns: Columns) -> Self {
        Self { columns, digest: None }
    }
}

/// What will do in the place of columns.
#[derive(Clone, Debug)]
pub enum Digest {
    /// Statistics of each row, along the axes of these numbers, in the place of endings and losses; of tiles of which each row is
    /// [whole](Layout::is_whole).
    Rows(Arc<[usize]>),
    /// How many ends lie where, in the place of endings and points; those that rest outside all regions are handed back.
    Ends(Arc<Rest>),
}
