//! Curves: panels that stand above each other and share their abscissa, unless one brings its own.

use super::Format;
use super::drawing::Drawing;
use super::scale::Scale;
use super::style::Style;
use crate::error::Result;

mod layout;
mod trace;

pub(super) use trace::{clip, trace};

/// How the points of a series are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Joined by lines.
    Line,
    /// Joined by dashed lines.
    Dashes,
    /// Each as a disc.
    Points,
    /// Both.
    Both,
}

/// A curve of one panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the legend says; the legend leaves a nameless series out.
    pub name: String,
    /// Abscissa and ordinate, in the order in which they are joined; a point that is not finite, or has no place on a logarithmic scale, is a
    /// gap.
    pub points: Vec<(f64, f64)>,
    /// How they are shown.
    pub shape: Shape,
    /// The number of the series whose colour it has, where it has not one of its own.
    pub colour_of: Option<usize>,
}

impl Series {
    /// A line through these points.
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, shape: Shape::Line, colour_of: None }
    }

    /// The same in the colour of the panel's series of this number.
    pub fn coloured_as(self, number: usize) -> Self {
        Self { colour_of: Some(number), ..self }
    }

    /// The same, shown otherwise.
    pub fn shown(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }
}

/// A dashed vertical line at an abscissa worth noting; one beyond the scale is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// Where it stands.
    pub abscissa: f64,
    /// What it means; an empty label takes no room.
    pub label: String,
}

/// One field of curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The scale along the bottom, where it is not that of the other panels.
    pub horizontal: Option<Scale>,
    /// The scale along the left side.
    pub vertical: Scale,
    /// The curves, in the order of their colours, the first on top; seven colours are told apart.
    pub series: Vec<Series>,
    /// Vertical lines with a label.
    pub markers: Vec<Marker>,
}

/// Panels that stand above each other, over one abscissa unless one brings its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// What is shown.
    pub title: String,
    /// How it was made; may be empty.
    pub subtitle: String,
    /// The scale along the bottom, for all panels without one of their own.
    pub horizontal: Scale,
    /// The panels from top to bottom.
    pub panels: Vec<Panel>,
}

impl Curves {
    /// Draws the panels, 1200 pixels wide in all if no other width is asked for: the bytes of their file.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) if a scale's ends are not finite (and positive on a logarithmic scale).
    pub fn render(&self, format: Format, style: Style) -> Result<Vec<u8>> {
        self.layout(style)?.render(format)
    }

    pub(super) fn layout(&self, style: Style) -> Result<Drawing> {
        self.horizontal.check()?;
        let own = self.panels.iter().flat_map(|panel| panel.horizontal.iter().chain([&panel.vertical]));
        own.into_iter().try_for_each(Scale::check)?;
        layout::curves(self, style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Spacing, palette};

    fn curves(horizontal: Scale, series: Vec<Vec<(f64, f64)>>, markers: &[f64]) -> Curves {
        let vertical = Scale::around("steps", Spacing::Linear, series.iter().flatten().map(|point| point.1));
        let series = series.into_iter().map(|points| Series::line("median", points)).collect();
        let markers = markers.iter().map(|abscissa| Marker { abscissa: *abscissa, label: format!("mark at {abscissa}") }).collect();
        let panel = Panel { horizontal: None, vertical, series, markers };
        Curves { title: "Sweep".into(), subtitle: "β = 0.9".into(), horizontal, panels: vec![panel.clone(), panel] }
    }

    fn written(curves: &Curves, format: Format) -> Vec<u8> {
        curves.render(format, Style::default()).unwrap()
    }

    #[test]
    fn a_curve_is_drawn_in_its_colour_and_a_gap_is_not() {
        let count = |series: Vec<(f64, f64)>| {
            let curves = Curves { panels: vec![], ..curves(Scale::linear("x", 0.0, 10.0), vec![], &[]) };
            let panel =
                Panel { horizontal: None, vertical: Scale::linear("y", 0.0, 2.0), series: vec![Series::line("", series)], markers: vec![] };
            let bytes = written(&Curves { panels: vec![panel], ..curves }, Format::Png);
            let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
            picture.pixels().filter(|pixel| pixel.0 == palette::LINES[0]).count()
        };
        let whole = count((0..=10).map(|x| (f64::from(x), 1.0)).collect());
        let half = count((0..=10).map(|x| (f64::from(x), if x > 5 { f64::NAN } else { 1.0 })).collect());
        assert!(whole > 2000 && half > 0 && half * 10 < whole * 6, "{whole} {half}");
        assert_eq!(count(vec![(f64::NAN, 1.0), (1.0, f64::INFINITY)]), 0);
        assert!(count(vec![(5.0, 1.0)]) > 0);
    }

    #[test]
    fn the_svg_holds_title_scales_legend_and_the_markers_in_range() {
        let curves =
            curves(Scale::logarithmic("learning rate", 1e-4, 1.0), vec![vec![(1e-3, 5.0), (0.1, 7.0)]], &[0.2, 2.0, f64::NAN, -1.0]);
        let svg = String::from_utf8(written(&curves, Format::Svg)).unwrap();
        for words in ["Sweep", "β = 0.9", "learning rate", "10⁻⁴", "steps", "median", "mark at 0.2"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(!svg.contains("mark at 2\n") && !svg.contains("mark at NaN") && !svg.contains("mark at -1"));
    }

    #[test]
    fn a_panel_with_an_abscissa_of_its_own_names_it_and_so_do_those_before_it() {
        let mut curves = curves(Scale::linear("descents", 0.0, 1.0), vec![vec![(0.5, 1.0)]], &[]);
        curves.panels[1].horizontal = Some(Scale::logarithmic("seconds", 1e-3, 1e3));
        let svg = String::from_utf8(written(&curves, Format::Svg)).unwrap();
        assert!(["descents", "seconds"].iter().all(|words| svg.contains(words)), "{svg}");
        curves.layout(Style::default()).unwrap().assert_texts_stand_free();
        curves.panels[1].horizontal = Some(Scale::logarithmic("seconds", -1.0, 1.0));
        assert!(curves.layout(Style::default()).is_err());
    }

    #[test]
    fn marker_labels_touch_nothing_however_close_the_markers_are() {
        let markers = [0.1, 0.100_001, 0.11, 0.2, 0.5, 0.99, 1.0, 0.0];
        curves(Scale::linear("x", 0.0, 1.0), vec![vec![(0.0, 1.0)]], &markers).layout(Style::default()).unwrap().assert_texts_stand_free();
    }

    #[test]
    fn nothing_to_draw_is_drawn() {
        for series in [vec![], vec![vec![]], vec![vec![(f64::NAN, f64::NAN)]], vec![vec![(1e300, -1e300), (-1e300, f64::MAX)]]] {
            for horizontal in [Scale::linear("x", 1.0, 1.0), Scale::linear("x", 0.0, 1e-300), Scale::logarithmic("x", 1e-3, 1.0)] {
                let curves = curves(horizontal, series.clone(), &[1.0]);
                written(&curves, Format::Png);
                written(&Curves { panels: vec![], ..curves }, Format::Svg);
            }
        }
    }
}
