//! A map whose labels are not final yet, kept in a nameless file beside the outputs until they are.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::analysis::basins::Relabelled;
use crate::backend::Outcomes;
use crate::error::{Error, Result};
use crate::plan::Tile;

/// Labels, endings and losses of the tiles so far, 12 bytes a descent or 8.
pub(super) struct Spool {
    beside: PathBuf,
    file: BufWriter<File>,
}

impl Spool {
    /// A file in the folder of `path`.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::tempfile_in(folder).map_err(|error| Error::unwritten(path, error))?;
        Ok(Self { beside: path.into(), file: BufWriter::new(file) })
    }

    /// Keeps a tile.
    pub(super) fn keep(&mut self, outcomes: &Outcomes, labels: &[i32]) -> Result<()> {
        let columns = [bytemuck::cast_slice(labels), bytemuck::cast_slice(&outcomes.endings), bytemuck::cast_slice(&outcomes.loss)];
        let mut columns = columns.into_iter();
        columns.try_for_each(|bytes| self.file.write_all(bytes)).map_err(|error| Error::unwritten(&self.beside, error))
    }

    /// Shows all tiles again, with their final labels.
    pub(super) fn replay(
        self,
        tiles: impl Iterator<Item = Tile>,
        has_loss: bool,
        relabelled: &Relabelled,
        mut each: impl FnMut(&Outcomes, &[i32]) -> Result<()>,
    ) -> Result<()> {
        let fail = |error: std::io::Error| Error::unwritten(&self.beside, error);
        let mut file = self.file.into_inner().map_err(|error| fail(error.into_error()))?;
        file.rewind().map_err(fail)?;
        let mut file = BufReader::new(file);
        for tile in tiles {
            let descents = tile.descents as usize;
            let mut labels = vec![0_i32; descents];
            let mut endings = vec![0_u32; descents];
            let mut loss = vec![0_f32; if has_loss { descents } else { 0 }];
            for column in
                [bytemuck::cast_slice_mut(&mut labels), bytemuck::cast_slice_mut(&mut endings), bytemuck::cast_slice_mut(&mut loss)]
            {
                file.read_exact(column).map_err(fail)?;
            }
            labels.iter_mut().for_each(|label| *label = relabelled.of(*label));
            let endings = bytemuck::allocation::cast_vec(endings);
            each(&Outcomes { endings, loss, ..Outcomes::of(&tile) }, &labels)?;
        }
        Ok(())
    }
}
