//! The one error type of the library. Every variant carries the values it speaks of and says what to do.

use std::ops::Range;
use std::path::PathBuf;

/// What went wrong, and whose turn it is to mend it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word stands where a name from a fixed list belongs.
    #[error("unknown {what} '{name}'{}; known are: {known}", nearest_hint(.nearest.as_deref()))]
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
    /// A formula cannot be understood; the message shows the place in it.
    #[error("formula: {reason}\n{}", excerpt(.text, .span))]
    Formula {
        /// The whole formula.
        text: String,
        /// The bytes of it that the reason speaks of; empty where something is missing.
        span: Range<usize>,
        /// What was found, what was expected and what to do about it.
        reason: String,
    },
    /// A file could not be read, or cannot be created under this name.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file as named by the user.
        path: PathBuf,
        /// Why, and where in the file where that is known.
        reason: String,
    },
    /// A file could not be written to its end, for want of room above all.
    #[error("{}: could not be written: {reason}", .path.display())]
    Unwritten {
        /// The file as named by the user.
        path: PathBuf,
        /// The system's words.
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

    /// Shorthand for [`Error::Formula`].
    pub fn formula(text: impl Into<String>, span: Range<usize>, reason: impl Into<String>) -> Self {
        Self::Formula { text: text.into(), span, reason: reason.into() }
    }

    /// Shorthand for [`Error::File`].
    pub fn file(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::File { path: path.into(), reason: reason.to_string() }
    }

    /// Shorthand for [`Error::Unwritten`].
    pub fn unwritten(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::Unwritten { path: path.into(), reason: reason.to_string() }
    }

    /// The one of `all` that has this name, dashes and underscores being alike.
    ///
    /// # Errors
    /// [`Self::Unknown`] with the nearest name.
    pub(crate) fn or_named<T: Copy>(what: &'static str, name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T> {
        let wanted = name.replace('-', "_");
        let found = all.iter().copied().find(|one| name_of(*one) == wanted);
        found.ok_or_else(|| Self::unknown(what, name, all.iter().map(|one| name_of(*one))))
    }

    /// An [`Error::Unknown`] for `name`, with the nearest of `known` as a hint.
    pub fn unknown<'a>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let nearest = nearest(name, known.iter().copied()).map(String::from);
        Self::Unknown { what, name: name.into(), nearest, known: known.join(", ") }
    }

    /// Exit code of a program that ends with this error: 2 where the command must be given otherwise, 1 where it failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unwritten { .. } | Self::Device { .. } | Self::Interrupted | Self::CheckFailed(_) => 1,
            _ => 2,
        }
    }
}

/// The one of `known` that resembles `name` most, if one does: of a name's characters up to a third may differ.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let near = known.into_iter().filter_map(|candidate| {
        let most = candidate.len().div_ceil(3);
        // The lengths alone rule most candidates out, and keep the work small where a name is very long.
        let could_be = candidate.chars().count().abs_diff(length) <= most;
        let distance = could_be.then(|| edit_distance(name, candidate)).filter(|distance| *distance <= most)?;
        Some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// The question that offers `nearest`, to stand behind the name that is not known.
pub(crate) fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default()
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

/// The most characters of a line that are shown of a formula.
const EXCERPT_WIDTH: usize = 100;

/// The line of `text` in which `span` begins, and carets under the span as far as the line goes; a long line is cut around it.
fn excerpt(text: &str, span: &Range<usize>) -> String {
    let before = &text.as_bytes()[..span.start.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    // From here on in characters, the unit in which carets are placed.
    let column = |at: usize| line.char_indices().take_while(|(place, _)| line_start + place < at).count();
    let (from, to) = (column(span.start), column(span.end));
    let length = line.chars().count();
    let cut_start = from.saturating_sub(EXCERPT_WIDTH / 2).min(length.saturating_sub(EXCERPT_WIDTH));
    let cut_end = length.min(cut_start + EXCERPT_WIDTH);
    let shown: String = line.chars().skip(cut_start).take(EXCERPT_WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (head, tail) = (if cut_start > 0 { "…" } else { "" }, if cut_end < length { "…" } else { "" });
    let indent = head.chars().count() + from - cut_start;
    let carets = to.min(cut_end).saturating_sub(from).max(1);
    format!("  {head}{shown}{tail}\n  {}{}", " ".repeat(indent), "^".repeat(carets))
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

    /// The two lines that show the place of an error.
    fn place(text: &str, span: Range<usize>) -> String {
        let message = Error::formula(text, span, "reason").to_string();
        message.strip_prefix("formula: reason\n").expect("the reason stands in front").into()
    }

    #[test]
    fn carets_stand_under_the_place() {
        assert_eq!(place("(x^2 + y - 11)^2 + foo(x)", 19..22), "  (x^2 + y - 11)^2 + foo(x)\n                     ^^^");
        assert_eq!(place("x +", 3..3), "  x +\n     ^");
        assert_eq!(place("", 0..0), "  \n  ^");
    }

    #[test]
    fn carets_count_characters_rather_than_bytes() {
        assert_eq!(place("π·ß + ü", 9..11), "  π·ß + ü\n        ^");
        assert_eq!(place("\tx\u{7}y", 3..4), "   x y\n     ^");
    }

    #[test]
    fn of_several_lines_the_one_concerned_is_shown() {
        let text = "a = 1;\r\nb = foo;\nx";
        assert_eq!(place(text, 12..15), "  b = foo;\n      ^^^");
        assert_eq!(place(text, 15..19), "  b = foo;\n         ^");
        assert_eq!(place("x +\n", 4..4), "  \n  ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}foo{}", "x+".repeat(100), "+x".repeat(100));
        let message = place(&text, 200..203);
        let (line, carets) = message.split_once('\n').expect("two lines");
        assert!(line.starts_with("  …x+") && line.ends_with('…'), "{line}");
        assert_eq!(line.chars().count(), 2 + 1 + EXCERPT_WIDTH + 1);
        assert_eq!(line.find("foo").map(|at| line[..at].chars().count()), carets.find('^'));
        assert!(place(&text, 0..403).ends_with(&format!("…\n  {}", "^".repeat(EXCERPT_WIDTH))));
        assert!(place(&text, 403..403).ends_with(&format!("+x\n  {}^", " ".repeat(EXCERPT_WIDTH + 1))));
    }

    #[test]
    fn a_place_outside_the_text_or_inside_a_character_is_shown_all_the_same() {
        for span in [9..12, 1..2, 2..9, Range { start: 3, end: 1 }] {
            assert!(place("aπb", span).ends_with('^'));
        }
    }
}
