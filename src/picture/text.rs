//! The embedded font, and how much room text takes in it.

use std::sync::OnceLock;

use plotters::style::{FontStyle, IntoFont, register_font};

use super::drawing::base64;
use crate::error::{Error, Result};

/// DejaVu Sans, cut down to Latin, Greek, punctuation, sub- and superscripts, arrows and mathematical operators; its licence lies beside it.
static FONT_FILE: &[u8] = include_bytes!("font/DejaVuSans.ttf");

/// The family as SVG viewers get it; the embedded font is registered under the same words.
pub(super) const FAMILY: &str = "DejaVu Sans, sans-serif";

/// Makes the embedded font known to plotters; to be called before anything is measured or painted.
///
/// # Errors
/// [`Error::Invalid`] if the embedded file is not a font, which the tests rule out.
pub(super) fn load_font() -> Result<()> {
    static LOADED: OnceLock<bool> = OnceLock::new();
    match LOADED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, FONT_FILE).is_ok()) {
        true => Ok(()),
        false => Err(Error::invalid("embedded font", "cannot be read: build the program again from clean sources")),
    }
}

/// The embedded font for the viewers of an SVG, as an element of it.
pub(super) fn svg_style() -> String {
    let face = format!("@font-face{{font-family:\"DejaVu Sans\";src:url(data:font/ttf;base64,{})}}", base64(FONT_FILE));
    format!("<style>{face}</style>\n")
}

/// The width in pixels of `text` at `size` pixels.
pub(super) fn width(text: &str, size: i32) -> i32 {
    // Without the font nothing gets painted, so that the estimate need not be good.
    (FAMILY, size).into_font().box_size(text).map_or(size * text.chars().count() as i32, |(width, _)| width as i32)
}

/// `text` in lines no wider than `room` pixels, broken where it is and at spaces, or within a word that is wider than a line.
pub(super) fn wrap(text: &str, size: i32, room: i32) -> Vec<String> {
    text.lines().flat_map(|line| wrap_line(line, size, room)).collect()
}

fn wrap_line(text: &str, size: i32, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(break_word(word, size, room)),
        }
    }
    lines
}

fn break_word(word: &str, size: i32, room: i32) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        let last = pieces.len() - 1;
        if !pieces[last].is_empty() && width(&format!("{}{letter}", pieces[last]), size) > room {
            pieces.push(letter.into());
        } else {
            pieces[last].push(letter);
        }
    }
    pieces
}

/// `text`, cut and ended by an ellipsis if it is wider than `room` pixels.
pub(super) fn shorten(text: &str, size: i32, room: i32) -> String {
    if width(text, size) <= room {
        return text.into();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&format!("{kept}{letter}…"), size) > room {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_loads_and_measures() {
        load_font().unwrap();
        assert!(width("mmmm", 20) > width("iiii", 20));
        assert!((width("learning rate λ", 40) - 2 * width("learning rate λ", 20)).abs() <= 2);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        load_font().unwrap();
        let text = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2 andawordthatiswiderthanthewholeline";
        let lines = wrap(text, 20, 150);
        assert!(lines.iter().all(|line| width(line, 20) <= 150), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(wrap("a b\nc", 20, 150), ["a b", "c"]);
        assert!(wrap(" ", 20, 150).is_empty());
        assert_eq!(wrap("ab", 20, 0), ["a", "b"]);
    }

    #[test]
    fn shortened_text_fits_and_says_that_it_was_cut() {
        load_font().unwrap();
        let text = shorten("basin 17 at (3.584428, -1.848127)", 20, 120);
        assert!(width(&text, 20) <= 120 && text.ends_with('…'), "{text}");
        assert_eq!(shorten("short", 20, 120), "short");
    }
}
