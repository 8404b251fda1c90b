//! The table of all losses.

use serde_json::{Value, json};

use crate::cli::losses::about::About;
use crate::cli::losses::json::everything;
use crate::cli::losses::{FROM_DATA, FromData};
use crate::cli::options::Voice;
use crate::cli::report::{self, short};
use crate::cli::words::shortened;
use crate::error::Result;
use crate::loss::Entry;

/// The longest list of parameters.
const PARAMETERS: usize = 28;
/// The longest line.
const LINE: usize = 150;

/// Prints all that there are.
pub(super) fn print(voice: Voice) -> Result<()> {
    let all = Entry::all().map(About::of_entry).collect::<Result<Vec<_>>>()?;
    if voice.json {
        let losses: Vec<Value> = all.iter().map(everything).chain(FROM_DATA.iter().map(FromData::json)).collect();
        return report::print_json(&json!({ "command": "losses", "losses": losses }));
    }
    report::print(&text(&all))
}

fn text(all: &[About]) -> String {
    let from_data = FROM_DATA.iter().map(|known| [known.name, "any", "", "", "", known.formula].map(String::from));
    let mut rows: Vec<Vec<String>> = all.iter().map(row).chain(from_data).map(Vec::from).collect();
    let header = ["name", "D", "parameters", "minima", "2/λ_max", "formula"].map(String::from);
    let widest = |column: usize| rows.iter().chain([&header.to_vec()]).map(|row| row[column].chars().count()).max().unwrap_or(0) + 2;
    let room = LINE.saturating_sub((0..5).map(widest).sum());
    rows.iter_mut().for_each(|row| row[5] = shortened(&row[5], room));
    let total = rows.len() as u64;
    report::aligned(&header, rows, total)
}

fn row(about: &About) -> [String; 6] {
    let dimension = if about.formula.is_open() { "any".into() } else { about.dimension().to_string() };
    let parameters: Vec<String> = about.parameters().iter().map(|(name, value)| format!("{name}={}", short(*value))).collect();
    [
        about.formula.name().into(),
        dimension,
        shortened(&parameters.join(" "), PARAMETERS),
        minima(about),
        about.stable_at_lowest().map_or(String::new(), short),
        // The parameters stand before it already.
        about.formula.text().rsplit(';').next().unwrap_or_default().trim().into(),
    ]
}

/// How many minima are known at the default dimension: of a valley ∞, and with a + where there may be more.
fn minima(about: &About) -> String {
    let more = if about.entry().is_some_and(|entry| !entry.all_minima) { "+" } else { "" };
    if about.known.is_valley { "∞".into() } else { format!("{}{more}", about.known.minima.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_has_a_line_of_at_most_150_columns() {
        let all: Vec<About> = Entry::all().map(|entry| About::of_entry(entry).unwrap()).collect();
        let text = text(&all);
        assert!(text.lines().all(|line| line.chars().count() <= LINE), "{text}");
        assert_eq!(text.lines().count(), 1 + Entry::all().count() + FROM_DATA.len());
        for entry in Entry::all() {
            assert_eq!(text.lines().filter(|line| line.starts_with(&format!("{} ", entry.name))).count(), 1, "{text}");
        }
    }

    #[test]
    fn minima_are_counted_as_far_as_they_are_known() {
        let count = |name: &str| minima(&About::of_entry(Entry::named(name).unwrap()).unwrap());
        let found = ["himmelblau", "rastrigin", "matrix_factorization", "schwefel"].map(count);
        assert_eq!(found, ["4", "1+", "∞", "49"]);
    }
}
