//! A file that appears under its name only once it is whole.
//!
//! Bytes go to a temporary file in the target's own folder; committing renames it over the target. A run that fails or is interrupted
//! leaves an earlier file untouched, and a bad path is found out before the run and not after it.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Error, Result};

const BUFFER_BYTES: usize = 1 << 20;

/// A file being written beside its final place.
///
/// Dropping it without [`commit`](Self::commit) leaves nothing behind.
#[derive(Debug)]
pub struct Output {
    named: PathBuf,
    target: PathBuf,
    file: BufWriter<fs::File>,
    /// Closed before it is removed.
    temporary: TempPath,
}

impl Output {
    /// Opens a file that will replace `path` on commit; a symbolic link is followed.
    ///
    /// # Errors
    /// [`Error::File`] if the folder is missing or not writable, or if `path` is something other than a writable regular file;
    /// [`Error::Unwritten`] if there is no room for one more file.
    pub fn create(path: &Path) -> Result<Self> {
        let target = target_of(path)?;
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let (file, temporary) = temporary_in(folder).map_err(|error| refused(path, folder, &error))?.into_parts();
        Ok(Self { named: path.into(), target, file: BufWriter::with_capacity(BUFFER_BYTES, file), temporary })
    }

    /// The path as the user named it, for error messages.
    pub fn path(&self) -> &Path {
        &self.named
    }

    /// Writes some bytes.
    ///
    /// # Errors
    /// [`Error::Unwritten`] with the file's name.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| Error::unwritten(&self.named, error))
    }

    /// Writes out what is buffered, after which little can keep [`commit`](Self::commit) from success.
    ///
    /// # Errors
    /// [`Error::Unwritten`] if that fails.
    pub fn complete(&mut self) -> Result<()> {
        self.file.flush().map_err(|error| Error::unwritten(&self.named, error))
    }

    /// Completes the file and renames it into its final place, replacing what was there.
    ///
    /// # Errors
    /// [`Error::Unwritten`] if the last bytes cannot be written or the rename fails; nothing is left behind then.
    pub fn commit(mut self) -> Result<()> {
        self.complete()?;
        drop(self.file);
        self.temporary.persist(&self.target).map_err(|refused| Error::unwritten(&self.named, refused.error))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(all(test, target_os = "linux"))]
impl Output {
    /// The same on a disk that is full.
    pub(crate) fn without_room(self) -> io::Result<Self> {
        let full = fs::File::options().write(true).open("/dev/full")?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER_BYTES, full), ..self })
    }
}

/// The regular file that `path` stands for: itself, or what its symbolic link points at.
fn target_of(path: &Path) -> Result<PathBuf> {
    if path.file_name().is_none() {
        return Err(Error::file(path, "does not name a file: add a file name"));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(Error::file(path, "is a folder: name a file in it")),
        // Renaming over a device or a pipe would replace it by a regular file.
        Ok(found) if !found.is_file() => Err(Error::file(path, "is not a regular file: name one, or a file that does not exist yet")),
        Ok(found) if found.permissions().readonly() => Err(Error::file(path, "is read-only: name another file or make it writable")),
        Ok(_) => fs::canonicalize(path).map_err(|error| Error::file(path, error)),
        Err(error) if error.kind() == ErrorKind::InvalidFilename => Err(Error::file(path, "is longer than names can be here: shorten it")),
        Err(_) => Ok(path.into()),
    }
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    // Made here, as an ordinary file for which the umask decides, and with the system's own words where that fails.
    tempfile::Builder::new().prefix(".thalweg-").make_in(folder, |path| fs::File::create_new(path))
}

/// Why no file for `path` can be made in `folder`.
fn refused(path: &Path, folder: &Path, error: &io::Error) -> Error {
    let folder = folder.display();
    let reason = match error.kind() {
        ErrorKind::NotFound => format!("the folder '{folder}' does not exist: create it or name another"),
        ErrorKind::NotADirectory => format!("'{folder}' is not a folder: name another"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("the folder '{folder}' is not writable: name another or change its permissions")
        }
        _ => return Error::unwritten(path, error),
    };
    Error::file(path, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn an_existing_file_is_replaced_on_commit_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let mut output = Output::create(&path).unwrap();
        output.write_all(b"new").unwrap();
        output.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        output.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names_in(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_dropped_output_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::create(&folder.path().join("a.csv")).unwrap();
        output.write_all(&[7; 3 * BUFFER_BYTES]).unwrap();
        drop(output);
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn a_path_that_cannot_become_a_file_is_refused_at_once_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let occupied = folder.path().join("plain");
        fs::write(&occupied, "").unwrap();
        let cases = [
            (folder.path().to_path_buf(), "is a folder"),
            (folder.path().join("missing/a.csv"), "does not exist"),
            (occupied.join("a.csv"), "is not a folder"),
            (folder.path().join(".."), "does not name a file"),
            (PathBuf::new(), "does not name a file"),
            (folder.path().join(format!("{}.csv", "a".repeat(300))), "shorten it"),
        ];
        for (path, reason) in cases {
            let error = Output::create(&path).unwrap_err();
            assert!(error.to_string().contains(reason) && error.exit_code() == 2, "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_failure_that_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let full = || Output::create(&path).unwrap().without_room().unwrap();
        let (many, mut few) = (full().put(&[7; 2 * BUFFER_BYTES]), full());
        few.put(b"few").unwrap();
        let errors = [many, few.commit()].map(Result::unwrap_err);
        for error in errors {
            assert_eq!(error.to_string(), format!("{}: could not be written: No space left on device (os error 28)", path.display()));
            assert_eq!(error.exit_code(), 1);
        }
        assert!(names_in(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_replaced() {
        let message = Output::create(Path::new("/dev/null")).unwrap_err().to_string();
        assert!(message.contains("not a regular file"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn the_permissions_are_those_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        Output::create(&ours).unwrap().commit().unwrap();
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut output = Output::create(&link).unwrap();
        output.write_all(b"new").unwrap();
        output.commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }
}
