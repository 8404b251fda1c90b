//! All that is known about a loss: what the catalog says, and what its formula shows.

use crate::analysis::curvature::{Curvature, Lowest};
use crate::analysis::stability::Theory;
use crate::cli::loss;
use crate::cli::options::Data;
use crate::error::{Error, Result};
use crate::loss::formula::Setting;
use crate::loss::{Bound, Case, Entry, Formula, Hessian, Loss, Parameter, settled};

/// A loss whose parameters have their values.
pub(super) struct About {
    pub(super) formula: Formula,
    /// The values of its parameters.
    pub(super) values: Vec<f64>,
    pub(super) bound: Bound,
    /// The same with its parameters open, for its slopes in symbols.
    pub(super) open: Bound,
    pub(super) known: Known,
    /// Where it is one quadratic.
    pub(super) theory: Option<Theory>,
}

/// What is known about where it is stationary.
#[derive(Default)]
pub(super) struct Known {
    pub(super) least: Option<f64>,
    /// The lowest first.
    pub(super) minima: Vec<Vec<f64>>,
    pub(super) saddles: Vec<Vec<f64>>,
    /// Why there is nothing known.
    pub(super) gap: Option<String>,
    /// Whether its least value is reached along a line or more.
    pub(super) is_valley: bool,
    /// Whether it has this value everywhere.
    pub(super) is_constant: bool,
}

/// Eigenvalues below this part of the largest are zero but for rounding.
const ROUNDING: f64 = 1e-9;
/// The range of variables that no catalog knows.
const USUAL_RANGE: [f64; 2] = [-5.0, 5.0];

impl About {
    /// All about `text`, a name or a formula, with the parameters `given` as NAME=VALUE.
    ///
    /// # Errors
    /// One that names the option or the parameter at fault, or points to the place in the formula.
    pub(super) fn of(text: &str, data: &Data, given: &[String]) -> Result<Self> {
        match loss::build(text, data)? {
            Loss::Formula(formula) => Self::set(formula, given),
            other => Err(Error::invalid(other.name(), "has its data from files; see `thalweg run --help`")),
        }
    }

    /// That of a named loss with all its defaults.
    pub(super) fn of_entry(entry: &Entry) -> Result<Self> {
        Self::set(Formula::named(&entry.name, None)?, &[])
    }

    fn set(formula: Formula, given: &[String]) -> Result<Self> {
        let settings = settings(&formula, given)?;
        let (bound, open) = (formula.bind(&settings)?, formula.open(&settings)?);
        let parameters = bound.fixed_parameters().iter().zip(formula.parameters());
        let values: Vec<f64> = parameters.map(|(value, parameter)| value.unwrap_or(parameter.default.into())).collect();
        let curvature = if bound.is_quadratic() { Some(Curvature::of(&bound.quadratic(&[])?)?) } else { None };
        let theory = curvature.as_ref().and_then(Theory::of_curvature);
        let mut about = Self { formula, values, bound, open, known: Known::default(), theory };
        about.known = about.find(curvature);
        Ok(about)
    }

    fn find(&self, curvature: Option<Curvature>) -> Known {
        let parameters = self.parameters();
        match (self.formula.known(&parameters), curvature) {
            (Some((entry, case)), _) => Known {
                least: entry.least(case),
                minima: entry.minima(case),
                saddles: entry.saddles().to_vec(),
                gap: None,
                is_valley: entry.valley,
                is_constant: false,
            },
            (None, Some(curvature)) => self.of_quadratic(curvature),
            (None, None) if self.entry().is_some() => {
                Known { gap: Some("not known for this dimension with these parameters".into()), ..Known::default() }
            }
            (None, None) => {
                let gap = "not known of a typed formula; `thalweg basins` finds those that descents reach, as with x=-5:5:512 and so on";
                Known { gap: Some(gap.into()), ..Known::default() }
            }
        }
    }

    fn of_quadratic(&self, curvature: Curvature) -> Known {
        let is_valley = matches!(curvature.lowest, Lowest::Valley(_));
        let is_constant = curvature.eigenvalues.iter().all(|value| *value == 0.0);
        match curvature.lowest {
            Lowest::Point(point) | Lowest::Valley(point) => {
                Known { least: Some(self.loss(&point)), minima: vec![point], is_valley, is_constant, ..Known::default() }
            }
            Lowest::Nowhere => Known { gap: Some("none: it falls without end".into()), ..Known::default() },
        }
    }

    pub(super) fn entry(&self) -> Option<&'static Entry> {
        self.formula.entry()
    }

    pub(super) fn dimension(&self) -> usize {
        self.formula.dimension()
    }

    /// Names and values of the parameters.
    pub(super) fn parameters(&self) -> Vec<(&str, f64)> {
        self.formula.parameters().iter().map(|parameter| parameter.name.as_str()).zip(self.values.iter().copied()).collect()
    }

    /// The usual range of each variable.
    pub(super) fn ranges(&self) -> Vec<[f64; 2]> {
        let parameters = self.parameters();
        let case = Case { dimension: self.dimension(), parameters: &parameters };
        let range = |number: usize| self.entry().and_then(|entry| entry.range(number, case)).unwrap_or(USUAL_RANGE);
        (0..self.dimension()).map(range).collect()
    }

    pub(super) fn loss(&self, point: &[f64]) -> f64 {
        self.bound.loss_at(&[], point)
    }

    /// The loss at a point, the least of all without rounding.
    pub(super) fn settled_loss(&self, point: &[f64]) -> f64 {
        settled(self.loss(point), self.known.least)
    }

    /// The eigenvalues of the Hessian at a point, ascending, where it has one.
    pub(super) fn eigenvalues(&self, point: &[f64]) -> Option<Vec<f64>> {
        if self.entry().is_some_and(|entry| entry.cusp) {
            return None;
        }
        let hessian = self.bound.hessian_at(&[], point).ok()?;
        if hessian.iter().any(|entry| !entry.is_finite()) {
            return None;
        }
        let (mut eigenvalues, _) = Hessian::dense(point.len(), hessian).ok()?.eigen().ok()?;
        let largest = eigenvalues.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        eigenvalues.iter_mut().filter(|value| value.abs() <= ROUNDING * largest).for_each(|value| *value = 0.0);
        Some(eigenvalues)
    }

    /// 2/λ_max at the lowest known minimum, where it is a strict one.
    pub(super) fn stable_at_lowest(&self) -> Option<f64> {
        let eigenvalues = self.eigenvalues(self.known.minima.first()?)?;
        eigenvalues.first().filter(|least| **least > 0.0).and_then(|_| stable_below(&eigenvalues))
    }

    /// What one should know before descending on it.
    pub(super) fn notes(&self) -> Vec<&'static str> {
        let entry = self.entry();
        let says = |of: fn(&Entry) -> bool| entry.is_some_and(of);
        let is_known = !self.known.minima.is_empty();
        let notes = [
            (says(|entry| entry.cusp), "it has no gradient at its lowest minimum, the tip of a cusp: steps must shrink to stop there"),
            (says(|entry| entry.plateau), "its gradient all but vanishes on most of the usual domain, and descents stay where they start"),
            (self.known.is_constant, "it has this value everywhere; the point nearest to zero is listed"),
            (
                self.known.is_valley && !self.known.is_constant,
                "its least value is reached along a curve or more, of which points nearest to zero are listed",
            ),
            (is_known && self.is_degenerate(), "its Hessian is singular at a minimum, so descents slow down as they approach it"),
            (is_known && says(|entry| !entry.all_minima), "there are, or may be, more minima than those listed, none of them lower"),
        ];
        notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect()
    }

    /// Whether the catalog says that the Hessian is singular at a minimum, which in one variable need not be so.
    pub(super) fn is_degenerate(&self) -> bool {
        self.entry().is_some_and(|entry| entry.degenerate) && (self.dimension() > 1 || self.stable_at_lowest().is_none())
    }
}

/// 2/λ_max, where that is positive.
pub(super) fn stable_below(eigenvalues: &[f64]) -> Option<f64> {
    eigenvalues.last().filter(|largest| **largest > 0.0).map(|largest| 2.0 / largest)
}

/// The settings of all parameters, those `given` as NAME=VALUE being fixed.
fn settings(formula: &Formula, given: &[String]) -> Result<Vec<Setting>> {
    let known = formula.parameters();
    let mut settings = vec![Setting::Default; known.len()];
    for text in given {
        let Some((name, value)) = text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
            return Err(Error::invalid(text.as_str(), "is not PARAMETER=VALUE, as in a=2"));
        };
        let Some(number) = known.iter().position(|parameter| parameter.name == name) else {
            return Err(match known.is_empty() {
                true => Error::invalid(name, format!("{} has no parameters", formula.name())),
                false => Error::unknown("parameter", name, known.iter().map(|parameter| parameter.name.as_str())),
            });
        };
        if settings[number] != Setting::Default {
            return Err(Error::invalid(name, "is given twice; give it once"));
        }
        settings[number] = Setting::Fixed(value_of(&known[number], value)?);
    }
    Ok(settings)
}

fn value_of(parameter: &Parameter, text: &str) -> Result<f32> {
    let value = text.parse::<f32>().ok().filter(|value| value.is_finite());
    let value = value.ok_or_else(|| Error::invalid(parameter.name.as_str(), format!("'{text}' is not a finite number")))?;
    match parameter.at_least {
        Some(least) if value < least => {
            Err(Error::invalid(parameter.name.as_str(), format!("{value} is below {least}, the least it may be")))
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(text: &str, given: &[&str]) -> Result<About> {
        About::of(text, &Data::default(), &given.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn parameters_take_the_values_that_are_given() {
        let set = about("rosenbrock", &["b=10"]).unwrap();
        assert_eq!((set.parameters(), set.loss(&[0.0, 1.0])), (vec![("a", 1.0), ("b", 10.0)], 11.0));
        assert_eq!(set.known.minima, [[1.0, 1.0]]);
        assert!(about("rosenbrock", &["a=2"]).unwrap().known.minima.is_empty());
        for (given, reason) in
            [("c=1", "unknown parameter 'c'"), ("b", "PARAMETER=VALUE"), ("b=x", "'x' is not"), ("b=-1", "least"), ("b=inf", "finite")]
        {
            let message = about("rosenbrock", &[given]).err().unwrap().to_string();
            assert!(message.contains(reason), "{given}: {message}");
        }
        assert!(about("rosenbrock", &["b=1", "b=2"]).err().unwrap().to_string().contains("twice"));
        assert!(about("booth", &["b=1"]).err().unwrap().to_string().contains("booth has no parameters"));
    }

    #[test]
    fn every_entry_is_told_about_and_least_where_it_says() {
        for entry in Entry::all() {
            let about = About::of_entry(entry).unwrap();
            let (least, lowest) = (about.known.least.unwrap(), about.loss(&about.known.minima[0]));
            assert!((least - lowest).abs() <= 1e-9 * (1.0 + least.abs()), "{}: {least} {lowest}", entry.name);
            assert_eq!(about.stable_at_lowest().is_none(), entry.cusp || entry.degenerate, "{}", entry.name);
        }
    }

    #[test]
    fn a_typed_quadratic_is_known_where_it_is_least_and_other_formulas_are_not() {
        let quadratic = about("(x - 1)^2 + 3*(y - 2)^2 + 5", &[]).unwrap();
        assert_eq!((quadratic.known.least, &quadratic.known.minima[0][..]), (Some(5.0), &[1.0, 2.0][..]));
        assert_eq!(quadratic.theory.unwrap().eigenvalues, [2.0, 6.0]);
        assert!(about("(x - y)^2", &[]).unwrap().known.is_valley);
        let constant = about("0*x + 0*y + 3", &[]).unwrap();
        assert!(constant.notes()[0].contains("everywhere") && !constant.notes().iter().any(|note| note.contains("curve")));
        assert!(about("(x - y)^2", &[]).unwrap().notes()[0].contains("along a curve"));
        assert!(about("x*y", &[]).unwrap().known.gap.unwrap().contains("without end"));
        assert!(about("x^4 + y^2", &[]).unwrap().known.gap.unwrap().contains("not known of a typed formula"));
    }

    #[test]
    fn eigenvalues_of_a_valley_have_a_clean_zero() {
        let about = about("matrix_factorization", &[]).unwrap();
        assert_eq!(about.eigenvalues(&[1.0, 1.0]).unwrap(), [0.0, 4.0]);
        assert_eq!((about.stable_at_lowest(), stable_below(&[0.0, 4.0])), (None, Some(0.5)));
    }
}
