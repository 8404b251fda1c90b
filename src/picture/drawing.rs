//! A picture as a list of marks in pixels, and its painting as PNG or SVG.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use plotters::prelude::{BitMapBackend, SVGBackend};

use super::paint::{Medium, paint};
use super::{Format, Rgb, text};
use crate::error::{Error, Result};

pub(super) const INK: Rgb = [30, 30, 30];
pub(super) const PALE_INK: Rgb = [95, 95, 95];

/// A place in pixels, from the left and from the top.
pub(super) type Pixel = (i32, i32);
/// The same, not rounded.
pub(super) type Place = (f64, f64);

/// What of a text lies at its place; vertically that is always its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
    /// The middle of a text that reads upwards.
    Upwards,
}

#[derive(Debug, Clone)]
pub(super) enum Mark {
    Text {
        at: Pixel,
        words: String,
        size: i32,
        colour: Rgb,
        anchor: Anchor,
    },
    Line {
        points: Vec<Pixel>,
        colour: Rgb,
        width: u32,
    },
    /// A line through places between pixels.
    Curve {
        points: Vec<Place>,
        colour: Rgb,
        width: u32,
    },
    /// A filled rectangle with both corners inside.
    Rectangle {
        corners: [Pixel; 2],
        colour: Rgb,
    },
    Disc {
        at: Pixel,
        radius: i32,
        colour: Rgb,
    },
}

/// Cells of one colour each, drawn as blocks of whole pixels.
#[derive(Debug, Clone)]
pub(super) struct Raster {
    /// The top left pixel.
    pub(super) origin: Pixel,
    /// Pixels across and down.
    pub(super) size: (usize, usize),
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// `columns × rows` colours, the top row first.
    pub(super) colours: Vec<Rgb>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Drawing {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
    /// What lies beneath all marks.
    pub(super) rasters: Vec<Raster>,
}

/// Up to this width a picture is painted in pixels of a half, so that lines and letters lie where they should.
const WIDEST_FINE: i32 = 4000;
/// How many of those are a pixel.
pub(super) const FINENESS: i32 = 2;

/// What ends an element of an SVG.
const ELEMENT_END: &str = "/>\n";

impl Drawing {
    /// The bytes of a file with the whole picture.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it cannot be painted.
    pub(super) fn render(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Png => self.png(),
            Format::Svg => Ok(self.svg()?.into_bytes()),
        }
    }

    fn png(&self) -> Result<Vec<u8>> {
        let scale = self.fineness();
        let (width, height) = ((self.width * scale) as u32, (self.height * scale) as u32);
        let mut buffer = vec![255; width as usize * height as usize * 3];
        self.rasters.iter().for_each(|raster| raster.copy_to(&mut buffer, (width as usize, scale as usize)));
        paint(BitMapBackend::with_buffer(&mut buffer, (width, height)), &self.marks, scale, Medium::Pixels)?;
        let buffer = if scale == FINENESS { shrunk::<{ FINENESS as usize }>(&buffer, width as usize) } else { buffer };
        encode_png(&buffer, self.width as u32, self.height as u32)
    }

    fn svg(&self) -> Result<String> {
        let (mut document, scale) = (String::new(), self.fineness());
        let size = ((self.width * scale) as u32, (self.height * scale) as u32);
        let background = Mark::Rectangle { corners: [(0, 0), (self.width, self.height)], colour: [255; 3] };
        let marks: Vec<Mark> = std::iter::once(background).chain(self.marks.iter().cloned()).collect();
        paint(SVGBackend::with_string(&mut document, size), &marks, scale, Medium::Vectors)?;
        // Painted in fine pixels, shown in whole ones.
        let painted = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
        document = document.replacen(&painted, &format!("width=\"{}\" height=\"{}\"", self.width, self.height), 1);
        // The background is the first element.
        if let Some(end) = document.find(ELEMENT_END) {
            let images = self.rasters.iter().map(|raster| raster.svg_image(scale)).collect::<Result<String>>()?;
            document.insert_str(end + ELEMENT_END.len(), &(text::svg_style() + &images));
        }
        Ok(document)
    }

    /// Fine pixels along each side of a pixel.
    fn fineness(&self) -> i32 {
        if self.width <= WIDEST_FINE { FINENESS } else { 1 }
    }

    /// Both side by side, their tops level.
    pub(super) fn beside(self, right: Self) -> Self {
        let by = (self.width, 0);
        self.joined(right, by)
    }

    /// Both above each other.
    pub(super) fn above(self, below: Self) -> Self {
        let by = (0, self.height);
        self.joined(below, by)
    }

    /// This one, and the other moved by so many pixels.
    fn joined(mut self, other: Self, by: Pixel) -> Self {
        (self.width, self.height) = (self.width.max(other.width + by.0), self.height.max(other.height + by.1));
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(by)));
        self.rasters.extend(other.rasters.into_iter().map(|raster| Raster { origin: moved(raster.origin, by), ..raster }));
        self
    }
}

fn moved(at: Pixel, by: Pixel) -> Pixel {
    (at.0 + by.0, at.1 + by.1)
}

impl Mark {
    fn moved(self, by: Pixel) -> Self {
        match self {
            Self::Text { at, words, size, colour, anchor } => Self::Text { at: moved(at, by), words, size, colour, anchor },
            Self::Line { points, colour, width } => {
                Self::Line { points: points.into_iter().map(|point| moved(point, by)).collect(), colour, width }
            }
            Self::Curve { points, colour, width } => {
                let (across, down) = (f64::from(by.0), f64::from(by.1));
                Self::Curve { points: points.into_iter().map(|(x, y)| (x + across, y + down)).collect(), colour, width }
            }
            Self::Rectangle { corners, colour } => Self::Rectangle { corners: corners.map(|corner| moved(corner, by)), colour },
            Self::Disc { at, radius, colour } => Self::Disc { at: moved(at, by), radius, colour },
        }
    }
}

impl Raster {
    /// Copies the cells into lines of so many pixels, which are finer than ours by a factor.
    fn copy_to(&self, buffer: &mut [u8], (buffer_width, scale): (usize, usize)) {
        let (width, height) = (self.size.0 * scale, self.size.1 * scale);
        let columns: Vec<usize> = (0..width).map(|x| x * self.columns / width).collect();
        let (mut line, mut drawn) = (vec![[0; 3]; width], None);
        for y in 0..height {
            let row = y * self.rows / height;
            if drawn != Some(row) {
                let colours = &self.colours[row * self.columns..][..self.columns];
                line.iter_mut().zip(&columns).for_each(|(pixel, column)| *pixel = colours[*column]);
                drawn = Some(row);
            }
            let start = ((self.origin.1 as usize * scale + y) * buffer_width + self.origin.0 as usize * scale) * 3;
            buffer[start..start + 3 * width].copy_from_slice(line.as_flattened());
        }
    }

    fn svg_image(&self, scale: i32) -> Result<String> {
        let png = encode_png(self.colours.as_flattened(), self.columns as u32, self.rows as u32)?;
        let (x, y) = (self.origin.0 * scale, self.origin.1 * scale);
        let (width, height) = (self.size.0 * scale as usize, self.size.1 * scale as usize);
        Ok(format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:optimizeSpeed;image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
            base64(&png)
        ))
    }
}

/// The pixels of a picture `width` fine pixels wide, each the mean of `SCALE × SCALE` of them.
fn shrunk<const SCALE: usize>(fine: &[u8], width: usize) -> Vec<u8> {
    let parts = (SCALE * SCALE) as u32;
    let mut pixels = Vec::with_capacity(fine.len() / (3 * SCALE * SCALE));
    for lines in fine.chunks_exact(3 * width * SCALE) {
        let mut sums = vec![[parts / 2; 3]; width / SCALE];
        for line in lines.chunks_exact(3 * width) {
            for (sums, pixel) in sums.iter_mut().zip(line.chunks_exact(3 * SCALE)) {
                for part in pixel.chunks_exact(3) {
                    (0..3).for_each(|channel| sums[channel] += u32::from(part[channel]));
                }
            }
        }
        pixels.extend(sums.into_iter().map(|sums| sums.map(|sum| (sum / parts) as u8)));
    }
    pixels.into_flattened()
}

fn encode_png(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    PngEncoder::new(&mut bytes).write_image(rgb, width, height, ExtendedColorType::Rgb8).map_err(unpaintable)?;
    Ok(bytes.into_inner())
}

/// RFC 4648, section 4.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().enumerate().fold(0_u32, |bits, (index, byte)| bits | u32::from(*byte) << (16 - 8 * index));
        for index in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * index)) as usize % 64];
            encoded.push(if index <= group.len() { digit.into() } else { '=' });
        }
    }
    encoded
}

pub(super) fn unpaintable(error: impl ToString) -> Error {
    Error::invalid("picture", error.to_string())
}

#[cfg(test)]
impl Drawing {
    /// Panics if a text reaches beyond the picture or into another text.
    pub(super) fn assert_texts_stand_free(&self) {
        let texts: Vec<(&str, [i32; 4])> = self.marks.iter().filter_map(Mark::text_box).collect();
        for (index, (words, [left, top, right, bottom])) in texts.iter().enumerate() {
            let inside = *left >= 0 && *top >= 0 && *right <= self.width && *bottom <= self.height;
            assert!(inside, "'{words}' leaves the picture");
            for (other, [other_left, other_top, other_right, other_bottom]) in &texts[..index] {
                let apart = right <= other_left || other_right <= left || bottom <= other_top || other_bottom <= top;
                assert!(apart, "'{words}' touches '{other}'");
            }
        }
    }
}

#[cfg(test)]
impl Mark {
    /// The words of a text with its left, top, right and bottom.
    fn text_box(&self) -> Option<(&str, [i32; 4])> {
        let Self::Text { at: (x, y), words, size, anchor, .. } = self else { return None };
        let (width, half) = (text::width(words, *size), size / 2);
        let sides = match anchor {
            Anchor::Start => [*x, y - half, x + width, y + half],
            Anchor::Middle => [x - width / 2, y - half, x + width / 2, y + half],
            Anchor::End => [x - width, y - half, *x, y + half],
            Anchor::Upwards => [x - half, y - width / 2, x + half, y + width / 2],
        };
        Some((words, sides))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_pictures_keep_their_marks_and_cells_apart() {
        let part = |colour: Rgb| Drawing {
            width: 10,
            height: 6,
            marks: vec![Mark::Disc { at: (2, 2), radius: 1, colour }],
            rasters: vec![Raster { origin: (5, 1), size: (3, 3), columns: 1, rows: 1, colours: vec![colour] }],
        };
        let joined = part([255, 0, 0]).beside(part([0, 255, 0])).above(part([0, 0, 255]));
        assert_eq!((joined.width, joined.height), (20, 12));
        let picture = image::load_from_memory(&joined.png().unwrap()).unwrap().into_rgb8();
        for (x, y, colour) in [(6, 2, [255, 0, 0]), (16, 2, [0, 255, 0]), (6, 8, [0, 0, 255]), (2, 2, [255, 0, 0]), (12, 2, [0, 255, 0])] {
            assert_eq!(picture.get_pixel(x, y).0, colour, "{x}, {y}");
        }
    }

    #[test]
    fn fine_pixels_are_averaged_into_whole_ones() {
        // Two pixels side by side: four values of red each, and no other colour.
        let red = [[10, 20, 0, 0], [30, 40, 0, 8]];
        let fine: Vec<u8> = red.as_flattened().iter().flat_map(|red| [*red, 0, 0]).collect();
        assert_eq!(shrunk::<2>(&fine, 4), [25, 0, 0, 2, 0, 0]);
        assert_eq!(shrunk::<1>(&fine, 4), fine);
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (plain, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
