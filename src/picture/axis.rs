//! Ticks with their labels along the bottom and the left side of a field.

use super::drawing::{Anchor, INK, Mark, Pixel};
use super::scale::Scale;
use super::{text, ticks};

/// The pixels at which a scale's low and high ends lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Span {
    pub(super) fn pixel(self, fraction: f64) -> f64 {
        self.low + fraction * (self.high - self.low)
    }
}

/// A tick at a pixel; its label is empty if it is a minor one.
#[derive(Debug, Clone)]
pub(super) struct PlacedTick {
    pub(super) pixel: i32,
    pub(super) label: String,
}

/// Ticks whose labels stand side by side without touching.
pub(super) fn across(scale: &Scale, span: Span, size: i32) -> Vec<PlacedTick> {
    place(scale, span, |label| text::width(label, size) + size)
}

/// Ticks whose labels stand above each other without touching.
pub(super) fn upwards(scale: &Scale, span: Span, size: i32) -> Vec<PlacedTick> {
    place(scale, span, |_| 2 * size)
}

/// `room` is what a label takes along the scale, with the gap to the next one.
fn place(scale: &Scale, span: Span, room: impl Fn(&str) -> i32) -> Vec<PlacedTick> {
    let pixel = |value| scale.fraction(value).map(|fraction| span.pixel(fraction).round() as i32);
    let fit = |ticks: &[ticks::Tick]| {
        let labelled: Vec<(i32, i32)> =
            ticks.iter().filter(|tick| !tick.label.is_empty()).filter_map(|tick| Some((pixel(tick.value)?, room(&tick.label)))).collect();
        labelled.windows(2).all(|pair| (pair[0].0 - pair[1].0).abs() >= (pair[0].1 + pair[1].1) / 2)
    };
    let chosen = ticks::choose(scale, fit);
    chosen.into_iter().filter_map(|tick| Some(PlacedTick { pixel: pixel(tick.value)?, label: tick.label })).collect()
}

/// The length of a major tick, and the gap between it and its label.
pub(super) fn tick_length(size: i32) -> i32 {
    (size * 2 / 5).max(3)
}

/// The room to the left of a field that its ticks and their labels take.
pub(super) fn room_at_left(ticks: &[PlacedTick], size: i32) -> i32 {
    2 * tick_length(size) + ticks.iter().map(|tick| text::width(&tick.label, size)).max().unwrap_or(0)
}

/// The room below a field that its ticks and their labels take.
pub(super) fn room_below(size: i32) -> i32 {
    2 * tick_length(size) + size
}

/// Draws ticks downwards from `y`, with their labels if `labelled`.
pub(super) fn draw_below(marks: &mut Vec<Mark>, ticks: &[PlacedTick], y: i32, size: i32, labelled: bool) {
    for tick in ticks {
        let at = (tick.pixel, y + 2 * tick_length(size) + size / 2);
        draw_tick(marks, [(tick.pixel, y), (tick.pixel, y + drawn_length(tick, size))], size);
        if labelled {
            draw_label(marks, tick, at, size, Anchor::Middle);
        }
    }
}

/// Draws ticks to the left from `x`, with their labels.
pub(super) fn draw_left(marks: &mut Vec<Mark>, ticks: &[PlacedTick], x: i32, size: i32) {
    for tick in ticks {
        draw_tick(marks, [(x - drawn_length(tick, size), tick.pixel), (x, tick.pixel)], size);
        draw_label(marks, tick, (x - 2 * tick_length(size), tick.pixel), size, Anchor::End);
    }
}

/// The outline of a field just outside its corner pixels, beside text of `size` pixels.
pub(super) fn draw_frame(marks: &mut Vec<Mark>, [(left, top), (right, bottom)]: [Pixel; 2], size: i32) {
    let width = line_width(size);
    let out = width.div_ceil(2) as i32;
    let (left, top, right, bottom) = (left - out, top - out, right + out, bottom + out);
    for line in
        [[(left, top), (right, top)], [(left, bottom), (right, bottom)], [(left, top), (left, bottom)], [(right, top), (right, bottom)]]
    {
        marks.push(Mark::Line { points: line.to_vec(), colour: INK, width });
    }
}

fn drawn_length(tick: &PlacedTick, size: i32) -> i32 {
    if tick.label.is_empty() { tick_length(size) / 2 } else { tick_length(size) }
}

fn draw_tick(marks: &mut Vec<Mark>, points: [Pixel; 2], size: i32) {
    marks.push(Mark::Line { points: points.to_vec(), colour: INK, width: line_width(size) });
}

fn draw_label(marks: &mut Vec<Mark>, tick: &PlacedTick, at: Pixel, size: i32, anchor: Anchor) {
    if !tick.label.is_empty() {
        marks.push(Mark::Text { at, words: tick.label.clone(), size, colour: INK, anchor });
    }
}

/// The width of thin lines beside text of `size` pixels.
pub(super) fn line_width(size: i32) -> u32 {
    (size / 16).max(1).unsigned_abs()
}
