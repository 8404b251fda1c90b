//! The one error type of the library. Every variant carries the values it speaks of and says what to do.

use std::path::PathBuf;

/// What went wrong, and whose turn it is to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word stands where a name from a fixed list belongs.
    #[error("unknown {what} '{name}'{}; known are: {known}", nearest_hint(.nearest))]
    Unknown {
        /// What kind of name was expected, such as "loss" or "input".
        what: &'static str,
        /// The name as given.
        name: String,
        /// The known name that resembles it most, if one does.
        nearest: Option<String>,
        /// The known names, separated by commas.
        known: String,
    },
    /// An input that needs a value has none.
    #[error("{what} '{name}' is not set: {advice}")]
    Unset {
        /// What kind of input it is.
        what: &'static str,
        /// Its name.
        name: String,
        /// How to set it.
        advice: String,
    },
    /// A value or a text does not have the form or the range that its field asks for.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field, option or file the value belongs to.
        field: String,
        /// What is wrong and what to do about it.
        reason: String,
    },
    /// A file could not be read, written or created.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file as named by the user.
        path: PathBuf,
        /// Why, and where in the file where that is known.
        reason: String,
    },
    /// No adapter fits what was asked for.
    #[error("no adapter: {reason}")]
    Adapter {
        /// What was asked for, what there is, and what to do.
        reason: String,
    },
    /// The device refused the work or was lost on the way.
    #[error("device '{adapter}': {reason}")]
    Device {
        /// The adapter's name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// The backend cannot run this experiment; another one can.
    #[error("the {backend} backend cannot run this: {reason}")]
    Unsupported {
        /// The backend's name.
        backend: &'static str,
        /// The limit met, and what to do.
        reason: String,
    },
    /// The user asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// A check that the user asked for has failed.
    #[error("{0}")]
    CheckFailed(String),
}

/// A result with the library's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Shorthand for [`Error::Invalid`].
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// Shorthand for [`Error::File`].
    pub fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File { path: path.into(), reason: reason.to_string() }
    }

    /// An [`Error::Unknown`] for `name`, with the nearest of `known` as a hint.
    pub fn unknown<'a>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let nearest = known
            .iter()
            .map(|candidate| (edit_distance(name, candidate), *candidate))
            .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
            .min();
        Self::Unknown { what, name: name.into(), nearest: nearest.map(|(_, candidate)| candidate.into()), known: known.join(", ") }
    }

    /// Exit code of a program that ends with this error: 2 where the command must be given otherwise, 1 where it failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Device { .. } | Self::Interrupted | Self::CheckFailed(_) => 1,
            _ => 2,
        }
    }
}

fn nearest_hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default()
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_gets_the_nearest_known_one() {
        let message = Error::unknown("loss", "boooth", ["sphere", "booth"]).to_string();
        assert!(message.contains("did you mean 'booth'?"), "{message}");
        let message = Error::unknown("loss", "qqqqqqq", ["sphere", "booth"]).to_string();
        assert!(!message.contains("did you mean"), "{message}");
    }
}
