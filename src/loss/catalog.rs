//! The named losses, one entry each in `catalog.toml`, that everything loops over.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::loss::formula::constant;

/// A named loss. What its fields mean stands at the head of `catalog.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What is minimised.
    pub formula: String,
    /// What it looks like, in a sentence.
    pub about: String,
    /// Where it comes from.
    pub source: String,
    domain: Ranges,
    least: Term,
    #[serde(default)]
    minima: Vec<Vec<f64>>,
    #[serde(default)]
    minimizer: OneOrMany,
    #[serde(default)]
    saddles: Vec<Vec<f64>>,
    #[serde(default)]
    dimension: Option<usize>,
    #[serde(default = "one")]
    smallest_dimension: usize,
    #[serde(default)]
    known_up_to: Option<usize>,
    #[serde(default)]
    for_any: Vec<String>,
    #[serde(default)]
    at_least: BTreeMap<String, f32>,
    #[serde(default)]
    mixed: bool,
    /// Whether the minima it knows are all there are in the usual domain.
    #[serde(default = "yes")]
    pub all_minima: bool,
    /// Whether the least loss is reached along a curve.
    #[serde(default)]
    pub valley: bool,
    /// Whether the Hessian is singular at a minimum.
    #[serde(default)]
    pub degenerate: bool,
    /// Whether the gradient does not exist at the minimum.
    #[serde(default)]
    pub cusp: bool,
    /// Whether the gradient all but vanishes on most of the domain.
    #[serde(default)]
    pub plateau: bool,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

/// A number, or a formula for one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Term {
    Number(f64),
    Formula(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Ranges {
    Same([Term; 2]),
    Each(Vec<[Term; 2]>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

/// A loss that is off by this part of 1 + |f| is so by rounding.
const ROUNDING: f64 = 1e-12;
/// More minima than these of a loss whose coordinates mix are not listed.
const MOST_MIXED: usize = 4096;

/// A loss as computed, or the `least` there is where it is that but for rounding.
pub(crate) fn settled(loss: f64, least: Option<f64>) -> f64 {
    least.filter(|least| (least - loss).abs() <= ROUNDING * (1.0 + least.abs())).unwrap_or(loss)
}

/// D and the values of the parameters, by which the formulas of an entry have values.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// D.
    pub dimension: usize,
    /// Names and values of all parameters.
    pub parameters: &'a [(&'a str, f64)],
}

impl Case<'_> {
    fn value(&self, term: &Term) -> Option<f64> {
        match term {
            Term::Number(value) => Some(*value),
            Term::Formula(text) => constant(text, self.dimension, self.parameters).ok(),
        }
    }

    /// Coordinate `i`, counted from 1, as `text` has it.
    fn coordinate(&self, text: &str, i: usize) -> Option<f64> {
        let known: Vec<(&str, f64)> = self.parameters.iter().copied().chain([("i", i as f64)]).collect();
        constant(text, self.dimension, &known).ok()
    }
}

#[derive(Deserialize)]
struct File {
    loss: Vec<Entry>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("catalog.toml")).expect("the tests read the catalog");
    file.loss
});

impl Entry {
    /// All of them, in the order of the catalog.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ENTRIES.iter()
    }

    /// The entry of this name; dashes and underscores are alike.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn named(name: &str) -> Result<&'static Self> {
        let known = || Self::all().map(|entry| entry.name.as_str()).chain(["quadratic", "wells"]);
        Self::find(name).ok_or_else(|| Error::unknown("loss", name, known()))
    }

    /// The entry of this name, if there is one.
    pub fn find(name: &str) -> Option<&'static Self> {
        let wanted = name.replace('-', "_");
        Self::all().find(|entry| entry.name == wanted)
    }

    /// D where it is fixed though the variables have indices.
    pub fn dimension(&self) -> Option<usize> {
        self.dimension
    }

    /// Checks that it is defined for `dimension` variables.
    pub(crate) fn check_dimension(&self, dimension: Option<usize>) -> Result<()> {
        let Some(given) = dimension else { return Ok(()) };
        let reason = match self.dimension {
            Some(fixed) if fixed != given => format!("{} has {fixed} variables, not {given}; leave --dimension out", self.name),
            _ if given < self.smallest_dimension => format!("{} has {} variables or more, not {given}", self.name, self.smallest_dimension),
            _ => return Ok(()),
        };
        Err(Error::invalid("dimension", reason))
    }

    /// The usual range of variable `number`, counted from 0.
    pub fn range(&self, number: usize, case: Case<'_>) -> Option<[f64; 2]> {
        let [low, high] = match &self.domain {
            Ranges::Same(range) => range,
            Ranges::Each(ranges) => ranges.get(number)?,
        };
        Some([case.value(low)?, case.value(high)?])
    }

    /// The least value of parameter `name`, if it has one.
    pub fn at_least(&self, name: &str) -> Option<f32> {
        self.at_least.get(name).copied()
    }

    /// Whether the values of `parameters` that differ from their `defaults` move nothing of what is known.
    pub fn is_known_for(&self, case: Case<'_>, defaults: &[(&str, f64)]) -> bool {
        let is_harmless = |(name, value): &(&str, f64)| {
            let is_default = defaults.iter().any(|(known, default)| known == name && (*default as f32 == *value as f32));
            is_default || *value > 0.0 && self.for_any.iter().any(|free| free == name)
        };
        self.known_up_to.is_none_or(|most| case.dimension <= most) && case.parameters.iter().all(is_harmless)
    }

    /// The least loss, if it is known.
    pub fn least(&self, case: Case<'_>) -> Option<f64> {
        case.value(&self.least)
    }

    /// The saddle points that are known.
    pub fn saddles(&self) -> &[Vec<f64>] {
        &self.saddles
    }

    /// The minima that are known, the lowest first where their coordinates do not mix.
    pub fn minima(&self, case: Case<'_>) -> Vec<Vec<f64>> {
        let coordinates = match &self.minimizer {
            OneOrMany::None => return self.minima.iter().filter(|point| point.len() == case.dimension).cloned().collect(),
            OneOrMany::One(text) => std::slice::from_ref(text),
            OneOrMany::Many(texts) => &texts[..],
        };
        let mixtures = coordinates.len().checked_pow(case.dimension as u32).filter(|count| *count <= MOST_MIXED);
        let pick: Vec<Vec<usize>> = match (self.mixed, mixtures) {
            (true, Some(count)) => {
                let digit = |number: usize, i: usize| number / coordinates.len().pow(i as u32) % coordinates.len();
                (0..count).map(|number| (0..case.dimension).map(|i| digit(number, i)).collect()).collect()
            }
            (true, None) => vec![vec![0; case.dimension]],
            (false, _) => (0..coordinates.len()).map(|number| vec![number; case.dimension]).collect(),
        };
        let point = |picked: &Vec<usize>| picked.iter().zip(1..).map(|(number, i)| case.coordinate(&coordinates[*number], i)).collect();
        pick.iter().filter_map(point).collect()
    }
}
