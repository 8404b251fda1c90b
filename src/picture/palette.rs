//! Colours that people with any colour vision can tell apart.
//!
//! The first seven basins take the colours of Okabe and Ito (Color Universal Design, 2008) without black; the following ones step around the
//! hue circle by the golden angle. Lightness varies in OKLab (Ottosson, 2020, <https://bottosson.github.io/posts/oklab/>), hue does not.

use super::Rgb;

/// Diverged: charcoal.
pub const DIVERGED: Rgb = [38, 38, 42];
/// Exhausted, that is out of steps: light grey.
pub const EXHAUSTED: Rgb = [205, 205, 205];
/// Converged on no minimum: grey-brown.
pub const NO_BASIN: Rgb = [130, 118, 108];
/// Stalled: nearly white.
pub const STALLED: Rgb = [247, 247, 242];

/// Colours for lines on white, most distinct first: Okabe and Ito without their yellow, which is too pale for a line.
pub(super) const LINES: [Rgb; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [60, 60, 60]];

/// Their blue is a little darker here, so that its lightest shade is not the darkest of the sky blue.
const OKABE_ITO: [Rgb; 7] = [[230, 159, 0], [86, 180, 233], [0, 158, 115], [204, 121, 167], [0, 102, 166], [213, 94, 0], [240, 228, 66]];

/// How far apart the darkest and the lightest shade of a basin are, in OKLab's lightness.
const SHADES: f64 = 0.19;

const VIRIDIS: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

const CIVIDIS: [Rgb; 9] = [
    [0, 34, 78],
    [26, 56, 111],
    [67, 78, 108],
    [97, 101, 111],
    [125, 124, 120],
    [155, 148, 118],
    [188, 174, 108],
    [222, 201, 88],
    [254, 232, 56],
];

const MAGMA: [Rgb; 9] = [
    [0, 0, 4],
    [29, 17, 71],
    [81, 18, 124],
    [131, 38, 129],
    [183, 55, 121],
    [231, 82, 99],
    [252, 137, 97],
    [254, 196, 136],
    [252, 253, 191],
];

/// The colour of basin `label`, from its darkest shade at `lightness` 0 to its lightest at 1; values beyond are clamped, NaN is dark.
pub fn basin(label: u32, lightness: f64) -> Rgb {
    let (middle, chroma, hue) = basin_hue(label);
    let darkest = (middle - SHADES / 2.0).clamp(0.36, 0.94 - SHADES);
    from_oklch(darkest + SHADES * unit(lightness), chroma, hue)
}

/// Colours for numbers, from dark to light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colormap {
    /// Violet to yellow; van der Walt and Smith, 2015.
    #[default]
    Viridis,
    /// Blue to yellow, alike to people with and without a colour vision deficiency; Nuñez, Anderton and Renslow, doi:10.1371/journal.pone.0199239.
    Cividis,
    /// Black over purple to cream; van der Walt and Smith, 2015.
    Magma,
    /// Black to white.
    Gray,
}

impl Colormap {
    /// Every map there is.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Magma, Self::Gray];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Magma => "magma",
            Self::Gray => "gray",
        }
    }

    /// Colours at even distances.
    fn colours(self) -> &'static [Rgb] {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Magma => &MAGMA,
            Self::Gray => &[[0; 3], [255; 3]],
        }
    }

    /// The colour at `t`, the darkest at 0 and the lightest at 1; values beyond are clamped, NaN is dark.
    pub fn colour(self, t: f64) -> Rgb {
        let colours = self.colours();
        let place = unit(t) * (colours.len() - 1) as f64;
        let index = (place as usize).min(colours.len() - 2);
        let part = place - index as f64;
        let mix = |channel: usize| {
            let (from, to) = (f64::from(colours[index][channel]), f64::from(colours[index + 1][channel]));
            (from + part * (to - from)).round() as u8
        };
        [mix(0), mix(1), mix(2)]
    }
}

fn unit(value: f64) -> f64 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

/// Lightness of the middle shade, chroma and hue (in radians) of a basin.
fn basin_hue(label: u32) -> (f64, f64, f64) {
    if let Some(colour) = OKABE_ITO.get(label as usize) {
        return to_oklch(*colour);
    }
    const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;
    // Neighbouring turns of the spiral differ in lightness and chroma, so that close hues still stay apart.
    let middle = [0.72, 0.54, 0.63][label as usize % 3];
    let chroma = [0.15, 0.09][label as usize % 2];
    (middle, chroma, (f64::from(label) * GOLDEN_ANGLE) % std::f64::consts::TAU)
}

fn to_oklch(colour: Rgb) -> (f64, f64, f64) {
    let [r, g, b] = colour.map(|channel| to_linear(f64::from(channel) / 255.0));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    let lightness = 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s;
    let green_red = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
    let blue_yellow = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
    (lightness, green_red.hypot(blue_yellow), blue_yellow.atan2(green_red))
}

/// The sRGB colour of that lightness and hue whose chroma is `chroma`, or the largest below it that a screen can show.
fn from_oklch(lightness: f64, chroma: f64, hue: f64) -> Rgb {
    let shown = |chroma: f64| to_linear_rgb(lightness, chroma * hue.cos(), chroma * hue.sin());
    let on_screen = |chroma: f64| shown(chroma).iter().all(|channel| (-1e-4..=1.0001).contains(channel));
    // Halving until the end is finer than a colour step keeps shades smooth.
    let (mut inside, mut outside) = if on_screen(chroma) { (chroma, chroma) } else { (0.0, chroma) };
    for _ in 0..12 {
        let middle = (inside + outside) / 2.0;
        if on_screen(middle) { inside = middle } else { outside = middle }
    }
    shown(inside).map(|channel| (from_linear(channel.clamp(0.0, 1.0)) * 255.0).round() as u8)
}

fn to_linear_rgb(lightness: f64, green_red: f64, blue_yellow: f64) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * green_red + 0.215_803_757_3 * blue_yellow).powi(3);
    let m = (lightness - 0.105_561_345_8 * green_red - 0.063_854_172_8 * blue_yellow).powi(3);
    let s = (lightness - 0.089_484_177_5 * green_red - 1.291_485_548_0 * blue_yellow).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

fn to_linear(channel: f64) -> f64 {
    if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
}

fn from_linear(channel: f64) -> f64 {
    if channel <= 0.003_130_8 { channel * 12.92 } else { 1.055 * channel.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHADES_TESTED: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

    /// Distance in OKLab; about 0.02 is just noticeable.
    fn distance(a: Rgb, b: Rgb) -> f64 {
        let place = |colour| {
            let (lightness, chroma, hue) = to_oklch(colour);
            [lightness, chroma * hue.cos(), chroma * hue.sin()]
        };
        place(a).iter().zip(place(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_colour_survives_the_way_to_oklab_and_back() {
        for colour in OKABE_ITO.into_iter().chain(VIRIDIS).chain([[0, 0, 0], [255, 255, 255]]) {
            let (lightness, chroma, hue) = to_oklch(colour);
            assert_eq!(from_oklch(lightness, chroma, hue), colour);
        }
    }

    #[test]
    fn lighter_shades_are_lighter_and_keep_their_hue() {
        for label in 0..200 {
            let shades = SHADES_TESTED.map(|lightness| to_oklch(basin(label, lightness)));
            assert!(shades.windows(2).all(|pair| pair[0].0 + 0.03 < pair[1].0), "{label}: {shades:?}");
            let turn = (shades[0].2 - shades[4].2).rem_euclid(std::f64::consts::TAU);
            assert!(turn.min(std::f64::consts::TAU - turn) < 0.1, "{label}: {shades:?}");
        }
    }

    #[test]
    fn the_first_seven_basins_stay_apart_at_every_lightness() {
        for a in 0..7 {
            for b in 0..a {
                for (light_a, light_b) in SHADES_TESTED.iter().flat_map(|a| SHADES_TESTED.map(|b| (*a, b))) {
                    let apart = distance(basin(a, light_a), basin(b, light_b));
                    assert!(apart > 0.04, "{a} at {light_a} and {b} at {light_b}: {apart}");
                }
            }
        }
    }

    #[test]
    fn no_basin_looks_like_a_descent_without_one() {
        let others = [DIVERGED, EXHAUSTED, NO_BASIN, STALLED];
        for label in 0..200 {
            for colour in SHADES_TESTED.map(|lightness| basin(label, lightness)) {
                assert!(others.iter().all(|other| distance(*other, colour) > 0.05), "{label}: {colour:?}");
            }
        }
    }

    #[test]
    fn every_colour_map_grows_lighter_all_the_way() {
        for map in Colormap::ALL {
            let lightness: Vec<f64> = (0..=64).map(|t| to_oklch(map.colour(f64::from(t) / 64.0)).0).collect();
            assert!(lightness.windows(2).all(|pair| pair[0] < pair[1] + 1e-9), "{}: {lightness:?}", map.name());
            assert!(lightness[64] - lightness[0] > 0.5, "{}", map.name());
        }
    }

    #[test]
    fn values_beyond_the_ends_are_clamped() {
        let colour = |t| Colormap::Viridis.colour(t);
        assert_eq!((colour(-1.0), colour(2.0), colour(f64::NAN)), (VIRIDIS[0], VIRIDIS[8], VIRIDIS[0]));
        assert_eq!(basin(3, f64::NAN), basin(3, 0.0));
        assert_eq!(basin(u32::MAX, 9.0), basin(u32::MAX, 1.0));
    }
}
