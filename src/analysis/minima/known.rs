//! One minimum that a finder knows.

use crate::analysis::minima::ball::Ball;
use crate::analysis::minima::polish::polish;
use crate::analysis::minima::site::Site;
use crate::analysis::minima::{Nature, Smooth, Stationary, distance, norm, scale};

/// A minimum, and from where it is reached.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) minimum: Stationary,
    /// The coordinates by which it is listed.
    listed: Option<Vec<f64>>,
    /// From where every end leads to it; for valleys cells know that.
    pub(super) ball: Option<Ball>,
}

impl Known {
    /// One that was found and whose surroundings are not known yet.
    pub(super) fn new(minimum: Stationary) -> Self {
        Self { minimum, listed: None, ball: None }
    }

    /// One that is listed at `point` (`f64[D]`), be it a kink.
    pub(super) fn listed(loss: &dyn Smooth, point: Vec<f64>) -> Self {
        let near = 1e-3 * scale(&point);
        let minimum = polish(loss, &point).filter(|minimum| {
            let reached = if let Nature::Valley { foot, .. } = &minimum.nature { foot } else { &minimum.point };
            distance(reached, &point) <= near
        });
        let value = loss.loss(&point);
        let minimum = minimum.unwrap_or_else(|| Stationary { point: point.clone(), loss: value, nature: Nature::Degenerate });
        let mut known = Self { ball: surroundings(loss, &minimum), minimum, listed: Some(point) };
        if known.ball.is_none() && !known.minimum.is_valley() {
            // A kink repels what comes close, so that nothing rests beside it but what belongs to it.
            known.ball = Some(Ball::round(known.minimum.point.clone(), near));
        }
        known.minimum.loss = value;
        known
    }

    /// Finds from where this minimum is reached.
    pub(super) fn survey(&mut self, loss: &dyn Smooth) {
        self.ball = surroundings(loss, &self.minimum);
        if self.ball.is_none() && !self.minimum.is_valley() {
            // Many may end at one point to the bit, as at a kink.
            self.ball = Some(Ball::round(self.minimum.point.clone(), 1e-12 * scale(&self.minimum.point)));
        }
    }

    /// Where it is (`f64[D]`): as listed, or else as found.
    pub(super) fn point(&self) -> &[f64] {
        self.listed.as_ref().unwrap_or(&self.minimum.point)
    }

    /// A box around all ends and all polished points that are this minimum: its centre, and how far it reaches from there.
    pub(super) fn extent(&self) -> (Vec<f64>, Vec<f64>) {
        let least = 3e-3 * scale(&self.minimum.point);
        let reach = self.ball.as_ref().map(|ball| ball.reach.iter().map(|reach| reach.max(least)).collect());
        (self.minimum.point.clone(), reach.unwrap_or_else(|| vec![least; self.minimum.point.len()]))
    }

    /// Whether this and another point of a valley belong to one, as far as they tell.
    pub(super) fn is_same_valley(&self, other: &Stationary) -> bool {
        let this = &self.minimum;
        let (Nature::Valley { is_anchored: one, .. }, Nature::Valley { is_anchored: two, .. }) = (&this.nature, &other.nature) else {
            return false;
        };
        let is_level = (this.loss - other.loss).abs() <= 1e-8 * (1.0 + this.loss.abs());
        is_level && one == two && (!one || distance(&this.point, &other.point) <= this.tolerance())
    }

    /// Of a valley without an anchor keeps the shortest of its points, which does not depend on their order.
    pub(super) fn shorten(&mut self, other: Stationary) {
        let is_unanchored = matches!(self.minimum.nature, Nature::Valley { is_anchored: false, .. });
        if is_unanchored && self.listed.is_none() && is_shorter(&other.point, &self.minimum.point) {
            self.minimum = other;
        }
    }
}

fn surroundings(loss: &dyn Smooth, minimum: &Stationary) -> Option<Ball> {
    match minimum.nature {
        Nature::Strict => Site::at(loss, minimum.point.clone()).and_then(|site| Ball::strict(loss, &site)),
        Nature::Degenerate => Ball::degenerate(loss, minimum),
        Nature::Valley { .. } => None,
    }
}

fn is_shorter(a: &[f64], b: &[f64]) -> bool {
    norm(a).total_cmp(&norm(b)).then_with(|| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)).is_lt()
}
