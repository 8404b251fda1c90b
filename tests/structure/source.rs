//! Files of the project, and the words in them.

use std::fs;
use std::path::Path;

/// A file: its path from the project's root, with forward slashes, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All files under `folder` with this extension, in order.
pub(crate) fn sources(folder: &str, extension: &str) -> Vec<Source> {
    let Ok(entries) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.unwrap()) {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(sources(&path, extension));
        } else if path.ends_with(&format!(".{extension}")) {
            found.push(Source { text: fs::read_to_string(entry.path()).unwrap(), path });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A word or a sign of Rust or WGSL, and its line.
pub(crate) struct Word {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The words and signs of a text; comments, strings and characters are left out, and `::` is one sign.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = blank_length(rest).unwrap_or_else(|| {
            let name = rest.find(|c: char| !is_part_of_name(c)).unwrap_or(rest.len());
            let length = if rest.starts_with("::") { 2 } else { name.max(first.len_utf8()) };
            found.push(Word { line, text: rest[..length].into() });
            length
        });
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How long the white space, comment or literal at the start of `text` is, if one stands there.
fn blank_length(text: &str) -> Option<usize> {
    let until = |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    let raw = text.trim_start_matches(['b', 'c']).strip_prefix('r').map(|rest| rest.trim_start_matches('#'));
    if text.starts_with(char::is_whitespace) {
        text.find(|c: char| !c.is_whitespace()).or(Some(text.len()))
    } else if text.starts_with("//") {
        Some(until(0, "\n"))
    } else if text.starts_with("/*") {
        Some(until(2, "*/"))
    } else if let Some(rest) = raw.filter(|rest| rest.starts_with('"')) {
        let hashes = text[..text.len() - rest.len()].matches('#').count();
        Some(until(text.len() - rest.len() + 1, &format!("\"{}", "#".repeat(hashes))))
    } else if text.starts_with('"') {
        let mut is_escaped = true;
        let end = text.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        // The opening quote counts as escaped, so that it does not end the string.
        Some(end.map_or(text.len(), |end| end + 1))
    } else if let Some(character) = text.strip_prefix("'\\") {
        Some(until(2 + character.chars().next().map_or(0, char::len_utf8), "'"))
    } else if let Some(rest) = text.strip_prefix('\'') {
        // Either a character or a lifetime.
        let character = rest.chars().next().map_or(0, char::len_utf8);
        Some(1 + if rest[character..].starts_with('\'') { character + 1 } else { 0 })
    } else {
        None
    }
}

#[test]
fn comments_and_literals_are_left_out_and_lines_are_kept() {
    let text = "a /* b\n // */ c // d\n\"e \\\" {\" f 'g' '\\'' 'h r\"\\\" i br#\"j\" \"# k::l_1\n\u{2202}";
    let found: Vec<(usize, String)> = words(text).into_iter().map(|word| (word.line, word.text)).collect();
    let expected = [(1, "a"), (2, "c"), (3, "f"), (3, "h"), (3, "i"), (3, "k"), (3, "::"), (3, "l_1"), (4, "\u{2202}")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_string())));
}
