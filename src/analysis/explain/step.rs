//! One step x ← x − ηg, g = ∇L(x): what it changes, what theory says it changes, and how large η may be.
//!
//! To the first order L falls by η‖g‖², to the second by η‖g‖² − ½η² gᵀHg. Nocedal & Wright, 2nd ed. 2006, §2.2 and §3.1,
//! doi:10.1007/978-0-387-40065-5.

use crate::analysis::explain::{Slope, Surface};
use crate::analysis::minima::{moved, norm};
use crate::optimizer::{GradientDescent, Moment, Update};

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// η.
    pub learning_rate: f64,
    /// Where it leads (`f64[D]`).
    pub point: Vec<f64>,
    /// L there; may be infinite or no number.
    pub loss: f64,
    /// How much L changes.
    pub change: f64,
    /// −η‖g‖².
    pub first_order: f64,
    /// −η‖g‖² + ½η² gᵀHg, where there is a second derivative.
    pub second_order: Option<f64>,
}

impl Step {
    /// The step from where `slope` is.
    pub fn of(surface: Surface<'_>, slope: &Slope, learning_rate: f64) -> Self {
        let mut point = slope.point.clone();
        GradientDescent.advance(Moment::after(0.0), &[learning_rate], &mut [], &mut point, &slope.gradient);
        let loss = surface.loss(&point);
        let squared_norm = slope.norm * slope.norm;
        let first_order = -learning_rate * squared_norm;
        let bend = |curvature: f64| first_order + 0.5 * learning_rate * learning_rate * squared_norm * curvature;
        Self { learning_rate, point, loss, change: loss - slope.loss, first_order, second_order: slope.curvature.map(bend) }
    }
}

/// Which learning rates above 0 make the step go down, counted from 0 on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// All below this one: there L(x − ηg) is L(x) again for the first time.
    Below(f64),
    /// All there are: a quadratic that does not curve up along g.
    All,
    /// All up to this one, at which the search ended.
    AtLeast(f64),
    /// All up to this one, beyond which the loss has no value.
    ToTheEdge(f64),
    /// All up to this one, where the loss jumps, as at a pole.
    ToTheJump(f64),
    /// None was found from this one on: the loss rises at once, as at a kink, has no value, or changes less than rounding does.
    NotFound(f64),
}

/// The lengths of steps between which is searched, as shares of 1 + ‖x‖.
const LENGTHS: [f64; 2] = [1e-9, 1e9];
/// From one step that is tried to the next; two roots closer than that may be missed.
const FACTOR: f64 = 1.01;

/// Losses on both sides of a root that are farther apart than this part of what the step is about are those of a jump.
const JUMP: f64 = 1e-6;

/// Which learning rates make the step go down; `None` where there is no direction.
///
/// Of a quadratic those below 2gᵀg / gᵀHg. Of another loss those below the first root of φ(η) = L(x − ηg) − L(x): it is looked for in
/// growing steps, and bisected.
pub fn reach(surface: Surface<'_>, slope: &Slope) -> Option<Reach> {
    match slope.curvature {
        _ if slope.norm == 0.0 => None,
        Some(curvature) if surface.is_quadratic() && curvature > 0.0 => Some(Reach::Below(2.0 / curvature)),
        Some(_) if surface.is_quadratic() => Some(Reach::All),
        _ => Some(search(slope, |rate| surface.loss(&moved(&slope.point, -rate, &slope.gradient)))),
    }
}

/// The same from the values `loss` of L(x − ηg).
fn search(slope: &Slope, loss: impl Fn(f64) -> f64) -> Reach {
    let change = |rate: f64| loss(rate) - slope.loss;
    let unit = (1.0 + norm(&slope.point)) / slope.norm;
    let (first, last) = (LENGTHS[0] * unit, LENGTHS[1] * unit);
    // The largest learning rate so far at which L is lower beyond doubt.
    let mut low = None;
    let mut rate = first;
    let rounding = 4.0 * slope.rounding();
    while rate <= last {
        let found = change(rate);
        match low {
            None if found < -rounding => low = Some(rate),
            None if found > rounding || found.is_nan() => return Reach::NotFound(rate),
            Some(_) if found < 0.0 => low = Some(rate),
            Some(below) => {
                let edge = bisect(below, rate, |rate| change(rate) < 0.0);
                let height = JUMP * (slope.loss.abs() + slope.norm * slope.norm * edge);
                return match (change(edge), change(edge.next_up())) {
                    (_, beyond) if beyond.is_nan() => Reach::ToTheEdge(edge),
                    (before, beyond) if beyond - before > height => Reach::ToTheJump(edge),
                    _ => Reach::Below(edge),
                };
            }
            None => {}
        }
        rate *= FACTOR;
    }
    low.map_or(Reach::NotFound(first), Reach::AtLeast)
}

/// Where `holds` ends, between `low`, where it holds, and `high`, where it does not.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return low;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::tests::experiment;
    use proptest::prelude::*;

    fn reached(formula: &str, start: &[f32]) -> Option<Reach> {
        let experiment = experiment(formula, start);
        let surface = Surface::of(&experiment).unwrap();
        reach(surface, &Slope::at(surface, surface.start()).unwrap())
    }

    #[test]
    fn the_first_step_of_the_lesson_comes_out_exactly() {
        let experiment = experiment("(w - 2)^2", &[0.0]);
        let surface = Surface::of(&experiment).unwrap();
        let slope = Slope::at(surface, surface.start()).unwrap();
        let step = Step::of(surface, &slope, 0.1);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(step.point[0], 0.4) && near(step.loss, 2.56) && near(step.first_order, -1.6), "{step:?}");
        assert!(near(step.change, -1.44) && near(step.second_order.unwrap(), -1.44), "{step:?}");
        assert_eq!(reach(surface, &slope), Some(Reach::Below(1.0)));
    }

    #[test]
    fn other_losses_go_down_to_the_first_root() {
        // x⁴ at 1: (1 − 4η)⁴ = 1 at η = ½. cos x at 1: φ is first 0 again at x = 2π − 1, a way of 2π − 2 along a slope of sin 1.
        let Some(Reach::Below(quartic)) = reached("x^4", &[1.0]) else { panic!("no root") };
        assert!((quartic - 0.5).abs() < 1e-12, "{quartic}");
        let Some(Reach::Below(cosine)) = reached("cos(x)", &[1.0]) else { panic!("no root") };
        assert!((cosine - (std::f64::consts::TAU - 2.0) / 1.0_f64.sin()).abs() < 1e-12, "{cosine}");
    }

    #[test]
    fn where_there_is_no_root_it_says_why() {
        assert_eq!(reached("x^2", &[0.0]), None);
        assert_eq!(reached("x + y", &[0.0, 0.0]), Some(Reach::All));
        assert_eq!(reached("-x^2", &[1.0]), Some(Reach::All));
        assert!(matches!(reached("exp(x)", &[0.0]), Some(Reach::AtLeast(rate)) if rate > 1e8));
        // The slope of log x at 1 is 1, and beyond η = 1 there is no logarithm.
        assert!(matches!(reached("ln(x)", &[1.0]), Some(Reach::ToTheEdge(rate) | Reach::AtLeast(rate)) if (rate - 1.0).abs() < 1e-9));
        // From 1 with a slope of 2.4 to the pole at ½; and from 1 to −1, where the floor makes a step of 5.
        assert!(matches!(reached("x^2 + 0.1/(0.5 - x)", &[1.0]), Some(Reach::ToTheJump(rate)) if (rate - 0.5 / 2.4).abs() < 1e-6));
        assert!(matches!(reached("x + 5*max(0, floor(-x))", &[1.0]), Some(Reach::ToTheJump(rate)) if (rate - 2.0).abs() < 1e-9));
        // A slope that the loss, 1e9 beside it, is too coarse to show.
        assert!(matches!(reached("1e9 + 1e-30*sin(x)", &[0.0]), Some(Reach::NotFound(_))));
    }

    proptest! {
        #[test]
        fn a_quadratic_changes_by_the_second_order_and_reaches_two_over_its_bend(
            (a, b, c) in (0.125..5.0_f32, -1.0..1.0_f32, 0.125..5.0_f32), start in prop::array::uniform2(-3.0..3.0_f32), rate in 1e-3..1.0_f64
        ) {
            let experiment = experiment(&format!("{a}*x^2 + {b}*x*y + {c}*y^2"), &start);
            let surface = Surface::of(&experiment).unwrap();
            let slope = Slope::at(surface, surface.start()).unwrap();
            prop_assume!(slope.norm > 0.1);
            let step = Step::of(surface, &slope, rate);
            let scale = slope.loss.abs() + step.loss.abs() + 1.0;
            prop_assert!((step.change - step.second_order.unwrap()).abs() < 1e-12 * scale);
            if let Some(Reach::Below(limit)) = reach(surface, &slope) {
                let found = search(&slope, |rate| surface.loss(&moved(&slope.point, -rate, &slope.gradient)));
                prop_assert!(matches!(found, Reach::Below(root) if (root / limit - 1.0).abs() < 1e-9), "{found:?} {limit}");
            }
        }
    }
}
