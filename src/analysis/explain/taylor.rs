//! A step η along the unit direction u of steepest descent, for η = 1, 0.1, …: ΔL/η tends to uᵀg = −‖g‖, and what is left of ΔL falls as η².
//!
//! Taylor's theorem; Nocedal & Wright, 2nd ed. 2006, theorem 2.1, doi:10.1007/978-0-387-40065-5. In f32 the rounding of L, divided by η,
//! takes over as η falls; §8.1 there.

use std::sync::Arc;

use crate::analysis::explain::{Slope, Surface};
use crate::analysis::minima::moved;
use crate::backend::cpu::Cpu;
use crate::backend::{Columns, run_tile};
use crate::error::Result;
use crate::plan::{MemoryBudget, Plan};

/// The steps η that are tried.
pub const STEPS: [f64; 7] = [1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];
/// How far off a quotient in f32 may be and still be right.
pub const RIGHT: f64 = 0.01;

/// What steps of all sizes change.
#[derive(Clone, Debug, PartialEq)]
pub struct Taylor {
    /// uᵀg = −‖g‖.
    pub slope: f64,
    /// One for each of [`STEPS`].
    pub rows: Vec<Row>,
    /// The smallest η such that ΔL/η in f32 is within [`RIGHT`] of that in f64 there and at all larger ones.
    pub last_right: Option<f64>,
}

/// What one step changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// η.
    pub step: f64,
    /// ΔL/η, if the loss is finite there and the rounding of f64 leaves something of its change.
    pub quotient: Option<f64>,
    /// L(x + ηu) − L(x) − η uᵀg, where the rounding of f64 leaves something of it.
    pub remainder: Option<f64>,
    /// ΔL/η from points and losses in f32, if it is finite.
    pub single: Option<f64>,
}

impl Row {
    /// The remainder over η², which tends to ½uᵀHu.
    pub fn per_square(&self) -> Option<f64> {
        Some(self.remainder? / (self.step * self.step))
    }

    /// Whether f32 tells the quotient; `None` where there is none.
    fn is_right(&self) -> Option<bool> {
        let quotient = self.quotient?;
        Some(self.single.is_some_and(|single| (single - quotient).abs() <= RIGHT * quotient.abs()))
    }
}

impl Taylor {
    /// That of `surface` where `slope` is; `None` where there is no direction.
    ///
    /// # Errors
    /// Where the f32 backend cannot run the loss.
    pub fn of(surface: Surface<'_>, slope: &Slope) -> Result<Option<Self>> {
        let Some(u) = slope.descent() else { return Ok(None) };
        let points: Vec<Vec<f64>> = STEPS.iter().map(|step| moved(&slope.point, *step, &u)).collect();
        let singles = singles(surface, slope, &points)?;
        let row = |((step, point), single): ((&f64, &Vec<f64>), &f32)| {
            let loss = surface.loss(point);
            let (change, single) = (loss - slope.loss, f64::from(*single));
            let remainder = change + step * slope.norm;
            let rounding = slope.rounding() + 4.0 * f64::EPSILON * (loss.abs() + step * slope.norm);
            Row {
                step: *step,
                quotient: Some(change / step).filter(|quotient| quotient.is_finite() && change.abs() > rounding),
                remainder: Some(remainder).filter(|remainder| remainder.is_finite() && remainder.abs() > rounding),
                single: Some(single / step).filter(|quotient| quotient.is_finite()),
            }
        };
        let rows: Vec<Row> = STEPS.iter().zip(&points).zip(&singles).map(row).collect();
        let right = rows.iter().take_while(|row| row.is_right() != Some(false)).filter(|row| row.is_right() == Some(true));
        let last_right = right.last().map(|row| row.step);
        Ok(Some(Self { slope: -slope.norm, rows, last_right }))
    }
}

/// How much L changes from x to each of `points`, in f32.
fn singles(surface: Surface<'_>, slope: &Slope, points: &[Vec<f64>]) -> Result<Vec<f32>> {
    let all = slope.point.iter().chain(points.iter().flatten()).map(|x| *x as f32).collect();
    let experiment = Arc::new(surface.at(all, "steps")?);
    let whole = Plan::within(&experiment, MemoryBudget(u64::MAX), u64::MAX).tiles().next();
    let tile = whole.expect("an experiment has descents");
    let losses = run_tile(&Cpu::new(Some(1))?, &experiment, tile, Columns { loss: true, ..Columns::default() })?.loss;
    Ok(losses[1..].iter().map(|loss| loss - losses[0]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::tests::experiment;
    use proptest::prelude::*;

    fn taylor(formula: &str, start: &[f32]) -> Option<Taylor> {
        let experiment = experiment(formula, start);
        let surface = Surface::of(&experiment).unwrap();
        Taylor::of(surface, &Slope::at(surface, surface.start()).unwrap()).unwrap()
    }

    #[test]
    fn the_quotient_tends_to_the_slope_and_the_remainder_falls_as_the_square() {
        // (w − 2)² from 0 towards 2: ΔL = −4η + η².
        let taylor = taylor("(w - 2)^2", &[0.0]).unwrap();
        assert_eq!(taylor.slope, -4.0);
        for row in &taylor.rows[..6] {
            assert!((row.quotient.unwrap() - row.step + 4.0).abs() < 1e-9 && (row.per_square().unwrap() - 1.0).abs() < 1e-3, "{row:?}");
        }
        // A step of 1e-6 changes L by 4e-6, of which f32 tells 17 roundings of 2.4e-7.
        assert!(taylor.last_right.is_some_and(|last| (1e-6..=1e-4).contains(&last)), "{taylor:?}");
    }

    #[test]
    fn f32_is_lost_at_once_where_the_loss_is_large() {
        let taylor = taylor("1e9 + x^2", &[1.0]).unwrap();
        assert_eq!(taylor.last_right, None);
        assert_eq!(taylor.rows[6].single, Some(0.0));
    }

    #[test]
    fn a_flat_point_has_no_row_and_one_outside_the_domain_no_quotient() {
        assert_eq!(taylor("x^2 + y^2", &[0.0, 0.0]), None);
        let edge = taylor("ln(x)", &[0.5]).unwrap();
        assert_eq!((edge.rows[0].quotient, edge.rows[0].remainder, edge.rows[0].single), (None, None, None));
        assert!(edge.rows[3].quotient.is_some() && edge.last_right.is_some(), "{edge:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_remainder_of_a_smooth_loss_tends_to_half_its_bend(start in prop::array::uniform2(-2.0..2.0_f32)) {
            let experiment = experiment("sin(x)*exp(y/2) + x^2*y", &start);
            let surface = Surface::of(&experiment).unwrap();
            let slope = Slope::at(surface, surface.start()).unwrap();
            prop_assume!(slope.norm > 0.1);
            let taylor = Taylor::of(surface, &slope).unwrap().unwrap();
            let (bend, row) = (slope.curvature.unwrap(), &taylor.rows[3]);
            if let Some(found) = row.per_square() {
                // The third order is below 10 η here, and rounding below 1e-14 / η².
                prop_assert!((found - 0.5 * bend).abs() < 0.05, "{found} {bend}");
            }
        }
    }
}
