//! `thalweg losses`: the losses there are, or all about one of them.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::analysis::curvature::{Curvature, Lowest};
use crate::analysis::stability::Theory;
use crate::cli::options::Voice;
use crate::cli::report::{self, short};
use crate::cli::{loss, report::aligned};
use crate::error::{Error, Result};
use crate::loss::Family;
use crate::table::json::{number, single};

/// What `thalweg losses --help` says last.
pub(super) const HELP: &str = "\
Examples:
  thalweg losses
  thalweg losses ellipsoid --dimension 3";

/// The options of `losses`.
#[derive(Args, Debug)]
pub(super) struct Losses {
    /// Tell all about this one
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The number of variables, for a loss that leaves it open
    #[arg(long, value_name = "D", requires = "name")]
    pub(super) dimension: Option<usize>,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

/// The losses whose data come from the command line: name, formula, and where their data go.
const FROM_DATA: [(&str, &str, &str); 2] = [
    (
        "quadratic",
        "½ (x−c)ᵀA(x−c) + k",
        "--hessian with --center or --linear, or --matrix and --target; --constant; see `thalweg run --help`",
    ),
    ("wells", "min over wells w of ½ Σ a_wi (x_i − c_wi)² + o_w", "--wells FILE.csv with the columns offset, c1…cD, a1…aD"),
];

impl Losses {
    pub(super) fn execute(&self) -> Result<()> {
        match &self.name {
            None => list(self.voice),
            Some(name) => match FROM_DATA.iter().find(|(known, ..)| known == name) {
                Some((name, formula, data)) if self.voice.json => {
                    report::print_json(&json!({ "command": "losses", "name": name, "formula": formula, "data": data }))
                }
                Some((name, formula, data)) => report::print(&format!("{name}: {formula}\ndata: {data}\n")),
                None => self.show(name),
            },
        }
    }

    fn show(&self, name: &str) -> Result<()> {
        if !loss::names().any(|known| known == name) {
            return Err(Error::unknown("loss", name, loss::names()));
        }
        let about = About::of(Family::named(name, self.dimension)?)?;
        if self.voice.json {
            let mut object = Map::from_iter([("command".to_string(), json!("losses"))]);
            object.extend(about.json());
            return report::print_json(&Value::Object(object));
        }
        report::print(&about.text())
    }
}

fn list(voice: Voice) -> Result<()> {
    let families = Family::names().map(|name| Family::named(name, None).and_then(About::of)).collect::<Result<Vec<_>>>()?;
    if voice.json {
        let from_data = FROM_DATA.iter().map(|(name, formula, data)| json!({ "name": name, "formula": formula, "data": data }));
        let all: Vec<Value> = families.iter().map(|about| Value::Object(about.json())).chain(from_data).collect();
        return report::print_json(&json!({ "command": "losses", "losses": all }));
    }
    let row = |about: &About| {
        let dimension = if about.family.is_open() { "any".to_string() } else { about.family.dimension().to_string() };
        let stable = about.theory.as_ref().map_or(String::new(), |theory| short(theory.stable_below));
        vec![about.family.name().into(), dimension, about.parameters(), stable, about.family.formula().into()]
    };
    let from_data =
        FROM_DATA.iter().map(|(name, formula, _)| vec![name.to_string(), "any".into(), "".into(), "".into(), formula.to_string()]);
    let rows: Vec<Vec<String>> = families.iter().map(row).chain(from_data).collect();
    let header = ["name", "D", "parameters", "2/λ_max", "formula"].map(String::from);
    let total = rows.len() as u64;
    report::print(&aligned(&header, rows, total))
}

/// Everything about one named loss, its parameters at their defaults.
struct About {
    family: Family,
    minimum: Option<(Vec<f64>, f64)>,
    theory: Option<Theory>,
}

impl About {
    fn of(family: Family) -> Result<Self> {
        let defaults = family.parameters().iter().map(|parameter| f64::from(parameter.default)).collect();
        let problem = family.bind(&[defaults])?.problem(0);
        let curvature = Curvature::of(&problem)?;
        let minimum = match &curvature.lowest {
            Lowest::Point(point) | Lowest::Valley(point) => Some((point.clone(), problem.evaluate(point).0)),
            Lowest::Nowhere => None,
        };
        Ok(Self { family, minimum, theory: Theory::of_curvature(&curvature) })
    }

    fn parameters(&self) -> String {
        let parameters = self.family.parameters().iter().map(|parameter| format!("{}={}", parameter.name, parameter.default));
        parameters.collect::<Vec<_>>().join(" ")
    }

    fn text(&self) -> String {
        let family = self.family;
        let is_open = if family.is_open() { " (any, with --dimension)" } else { "" };
        let mut text = format!("{}: {}\nvariables: {}{is_open}\n", family.name(), family.formula(), family.dimension());
        for parameter in family.parameters() {
            text.push_str(&format!("parameter: {}, {} by default, at least {}\n", parameter.name, parameter.default, parameter.at_least));
        }
        if let Some((point, loss)) = &self.minimum {
            text.push_str(&format!("minimum: {} at ({})\n", short(*loss), point.iter().map(|x| short(*x)).collect::<Vec<_>>().join(", ")));
        }
        if let Some(theory) = &self.theory {
            let eigenvalues: Vec<String> = theory.eigenvalues.iter().map(|value| short(*value)).collect();
            text.push_str(&format!("eigenvalues of the Hessian: {}\n{}", eigenvalues.join(", "), report::theory_line(theory)));
        }
        text.push_str(&format!("source: {}\n", family.source()));
        text
    }

    fn json(&self) -> Map<String, Value> {
        let family = self.family;
        let parameters = family.parameters().iter().map(
            |parameter| json!({ "name": parameter.name, "default": single(parameter.default), "at_least": single(parameter.at_least) }),
        );
        let minimum = self
            .minimum
            .as_ref()
            .map(|(point, loss)| json!({ "point": point.iter().copied().map(number).collect::<Vec<_>>(), "loss": number(*loss) }));
        let mut object = Map::from_iter(
            [
                ("name", json!(family.name())),
                ("formula", json!(family.formula())),
                ("dimension", json!(family.dimension())),
                ("any_dimension", json!(family.is_open())),
                ("parameters", json!(parameters.collect::<Vec<_>>())),
                ("minimum", json!(minimum)),
                ("source", json!(family.source())),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        report::add_theory(&mut object, self.theory.as_ref());
        object
    }
}
