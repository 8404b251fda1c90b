//! The files named by `-o`: opened before a run, so that a bad name fails at once, and put in place together after it.

use std::collections::HashSet;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use clap::Args;

use crate::backend::Monitor;
use crate::cli::progress::cancelled_by_ctrl_c;
use crate::error::{Error, Result};
use crate::picture::{self, Colormap, Style};
use crate::table::Output;

/// Where results go.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct OutputPaths {
    /// Write results to FILE, in the format of its extension; may be given several times
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// How pictures look.
#[derive(Args, Clone, Debug)]
pub(super) struct Appearance {
    /// Pixels across a picture, 320 to 8000 [default: what suits the content]
    #[arg(long, value_name = "PIXELS", help_heading = "Pictures")]
    size: Option<u32>,
    /// Colours of numbers in a picture: viridis, cividis, magma or gray
    #[arg(long, value_name = "NAME", default_value = "viridis", value_parser = COLORMAPS, help_heading = "Pictures")]
    colormap: String,
}

const COLORMAPS: [&str; 4] = {
    let [a, b, c, d] = Colormap::ALL;
    [a.name(), b.name(), c.name(), d.name()]
};

impl Appearance {
    /// The style that these options ask for.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a size that no picture has.
    pub(super) fn style(&self) -> Result<Style> {
        let colormap = Colormap::ALL.into_iter().find(|colormap| colormap.name() == self.colormap);
        Style::new(self.size, colormap.unwrap_or_default())
    }
}

/// What a file holds, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Npy,
    Json,
    Picture(picture::Format),
}

impl Format {
    pub(super) const PNG: Self = Self::Picture(picture::Format::Png);
    pub(super) const SVG: Self = Self::Picture(picture::Format::Svg);

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Npy => ".npy",
            Self::Json => ".json",
            Self::PNG => ".png",
            Self::SVG => ".svg",
        }
    }

    fn of(path: &Path, command: &str, accepted: &[Self]) -> Result<Self> {
        let extension = format!(".{}", path.extension().unwrap_or_default().to_string_lossy().to_lowercase());
        accepted.iter().copied().find(|format| format.extension() == extension).ok_or_else(|| {
            let known: Vec<&str> = accepted.iter().map(|format| format.extension()).collect();
            Error::file(path, format!("{command} does not write this kind of file; give it one of the extensions {}", known.join(" ")))
        })
    }
}

/// An open file and its format.
#[derive(Debug)]
pub(super) struct OutputFile {
    pub(super) format: Format,
    pub(super) file: Output,
}

/// The open files of one command.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) files: Vec<OutputFile>,
    /// From the first file on Ctrl-C must not end the program, which would leave it behind.
    monitor: Arc<Monitor>,
}

impl Outputs {
    /// Opens a file for each of `paths`, whose extensions must be among those `accepted` by `command`; none is visible yet.
    ///
    /// # Errors
    /// [`Error::File`] that names the file; [`Error::CheckFailed`] where Ctrl-C cannot be watched.
    pub(super) fn create(paths: &OutputPaths, command: &str, accepted: &[Format]) -> Result<Self> {
        let mut seen = HashSet::new();
        let check = |path: &PathBuf| {
            let format = Format::of(path, command, accepted)?;
            if seen.insert(place_of(path)) {
                Ok((path.clone(), format))
            } else {
                Err(Error::file(path, "is named twice; give each -o a file of its own"))
            }
        };
        let checked = paths.output.iter().map(check).collect::<Result<Vec<_>>>()?;
        let monitor = cancelled_by_ctrl_c()?;
        let create = |(path, format): (PathBuf, Format)| Ok(OutputFile { format, file: Output::create(&path)? });
        Ok(Self { files: checked.into_iter().map(create).collect::<Result<_>>()?, monitor })
    }

    /// Whether any of the files is a picture.
    pub(super) fn has_picture(&self) -> bool {
        self.files.iter().any(|output| matches!(output.format, Format::Picture(_)))
    }

    /// Puts all files in place and returns their names.
    ///
    /// # Errors
    /// [`Error::Unwritten`] where the last bytes of one cannot be written; [`Error::Interrupted`] after Ctrl-C; with none in place.
    pub(super) fn commit(mut self) -> Result<Vec<PathBuf>> {
        self.files.iter_mut().try_for_each(|output| output.file.complete())?;
        self.monitor.check()?;
        let commit = |output: OutputFile| {
            let path = output.file.path().to_path_buf();
            output.file.commit().map(|()| path)
        };
        self.files.into_iter().map(commit).collect()
    }
}

/// The same for all spellings of a path, as far as can be told.
fn place_of(path: &Path) -> PathBuf {
    let absolute = absolute(path).unwrap_or_else(|_| path.into());
    let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
    folder.zip(absolute.file_name()).map_or(absolute.clone(), |(folder, name)| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(paths: &[&Path]) -> Result<Outputs> {
        let output = paths.iter().map(|path| path.to_path_buf()).collect();
        Outputs::create(&OutputPaths { output }, "run", &[Format::Csv, Format::PNG])
    }

    #[test]
    fn an_extension_that_the_command_does_not_write_is_refused_with_those_it_does() {
        for name in ["map.xyz", "map", "map.npy", ".csv"] {
            let message = create(&[Path::new(name)]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(".csv .png"), "{message}");
        }
    }

    #[test]
    fn one_file_under_two_spellings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, dotted) = (folder.path().join("a.csv"), folder.path().join(".").join("a.csv"));
        assert!(create(&[&plain, &dotted]).unwrap_err().to_string().contains("named twice"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_one_file_has_no_room_none_is_put_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut outputs = create(&[&folder.path().join("a.csv"), &folder.path().join("b.csv")]).unwrap();
        let second = outputs.files.pop().unwrap();
        outputs.files.push(OutputFile { file: second.file.without_room().unwrap(), ..second });
        outputs.files.iter_mut().for_each(|output| output.file.put(b"a number").unwrap());
        assert!(outputs.commit().unwrap_err().to_string().contains("b.csv: could not be written"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_left_of_files_that_are_not_committed() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = create(&[&folder.path().join("a.csv"), &folder.path().join("a.PNG")]).unwrap();
        assert!(outputs.has_picture());
        drop(outputs);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
