//! Every kind of picture looks as it did when somebody last looked at it: beside this file lie small ones that were, and pictures are compared as
//! eyes would, not byte by byte. `THALWEG_BLESS=1 cargo test --test pictures` draws them anew, to be looked at.
#![cfg(test)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use image::RgbImage;

/// A name, and the arguments that draw it.
const PICTURES: [(&str, &str); 10] = [
    ("map", "basins himmelblau x=-6:6:80 y=-6:6:80 lr=0.01 --steps 2000"),
    ("stability", "sweep quadratic --hessian 1,25 --optimizer momentum x=1 y=1 lr=0.01:0.2:60 momentum=0:0.95:60 --steps 2000"),
    ("curves", "sweep booth x=-10:10:8 y=-10:10:8 lr=log:1e-3:1:60 --steps 2000 --gradient-norm 1e-3"),
    ("contours", "losses rastrigin"),
    ("curve", "losses quadratic_cosine"),
    ("parabola", "explain (w-2)^2 w=0 lr=0.1 --directions 1000"),
    ("valley", "explain himmelblau x=0 y=-1 lr=0.005,0.02,0.035 --steps 30 --directions 1000"),
    ("arrow", "explain 100*x^2+y^2 x=0.4 y=3 lr=0.0095 --steps 50 --directions 1000"),
    ("flow", "explain himmelblau x=0 y=0 lr=0.01 --steps 4 --directions 1000 --frames"),
    ("rates", "explain rosenbrock --dimension 10 start=0.5 lr=0.0005,0.001 --steps 200 --directions 1000"),
];

/// Pixels along the sides of the squares whose mean colours are compared.
const SQUARE: u32 = 8;
/// How far apart the mean colours of a square may be, of 255.
const FAR: f64 = 10.0;
/// How far apart they may be on the average.
const AWAY: f64 = 0.6;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

/// The picture that these arguments draw, so many pixels wide.
fn drawn(arguments: &str, width: u32, to: &Path) -> RgbImage {
    let mut thalweg = Command::new(env!("CARGO_BIN_EXE_thalweg"));
    // The last of the arguments says where the picture goes, or the sequence of which it is one.
    let (option, place) = if arguments.ends_with("--frames") { (None, to.with_extension("")) } else { (Some("-o"), to.into()) };
    thalweg.args(arguments.split(' ')).args(option).arg(&place).args(["--quiet", "--size", &width.to_string()]);
    if !arguments.starts_with("losses") {
        thalweg.args(["--backend", "reference"]);
    }
    thalweg.assert().success();
    if option.is_none() {
        std::fs::copy(place.join("frame_002.png"), to).unwrap();
    }
    image::open(to).unwrap().into_rgb8()
}

/// The mean colours of squares, row by row.
fn squares(picture: &RgbImage) -> Vec<[f64; 3]> {
    let (width, height) = picture.dimensions();
    let mean = |left: u32, top: u32| {
        let (right, bottom) = ((left + SQUARE).min(width), (top + SQUARE).min(height));
        let mut sum = [0.0; 3];
        for pixel in (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y))) {
            let colour = picture.get_pixel(pixel.0, pixel.1).0;
            sum.iter_mut().zip(colour).for_each(|(sum, channel)| *sum += f64::from(channel));
        }
        sum.map(|sum| sum / f64::from((right - left) * (bottom - top)))
    };
    let places = (0..height).step_by(SQUARE as usize).flat_map(|top| (0..width).step_by(SQUARE as usize).map(move |left| (left, top)));
    places.map(|(left, top)| mean(left, top)).collect()
}

/// What makes two pictures look unlike, if anything does.
fn difference(a: &RgbImage, b: &RgbImage) -> Option<String> {
    if a.dimensions() != b.dimensions() {
        return Some(format!("{:?} and {:?} pixels", a.dimensions(), b.dimensions()));
    }
    let apart: Vec<f64> =
        squares(a).iter().zip(squares(b)).map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)).collect();
    let (largest, mean) = (apart.iter().copied().fold(0.0, f64::max), apart.iter().sum::<f64>() / apart.len() as f64);
    (largest > FAR || mean > AWAY).then(|| format!("squares are up to {largest:.1} apart, {mean:.3} on the average"))
}

#[test]
fn every_kind_of_picture_looks_as_it_did() {
    let room = tempfile::tempdir().unwrap();
    let is_blessed = std::env::var_os("THALWEG_BLESS").is_some();
    for (name, arguments) in PICTURES {
        let file = format!("{name}.png");
        let found = drawn(arguments, 400, &room.path().join(&file));
        if is_blessed {
            std::fs::copy(room.path().join(&file), folder().join(&file)).unwrap();
        }
        let expected = image::open(folder().join(&file)).unwrap().into_rgb8();
        assert_eq!(difference(&found, &expected), None, "{name}");
    }
}

#[test]
fn a_picture_that_is_not_the_same_is_noticed() {
    let picture = image::open(folder().join("map.png")).unwrap().into_rgb8();
    assert_eq!(difference(&picture, &picture), None);
    // A label that is gone, a colour that has changed, all of it moved by two pixels, and a size.
    let changed =
        |change: &dyn Fn(u32, u32) -> [u8; 3]| RgbImage::from_fn(picture.width(), picture.height(), |x, y| image::Rgb(change(x, y)));
    let pixel = |x: u32, y: u32| picture.get_pixel(x.min(picture.width() - 1), y.min(picture.height() - 1)).0;
    let lies = [
        changed(&|x, y| if y < picture.height() / 20 { [255; 3] } else { pixel(x, y) }),
        changed(&|x, y| if pixel(x, y) == pixel(picture.width() / 3, picture.height() / 2) { [200, 0, 0] } else { pixel(x, y) }),
        changed(&|x, y| pixel(x + 2, y + 2)),
        RgbImage::new(picture.width() + 1, picture.height()),
    ];
    for (number, lie) in lies.iter().enumerate() {
        assert!(difference(&picture, lie).is_some(), "lie {number}");
    }
    // Colours that nobody tells apart are no difference.
    let near = changed(&|x, y| pixel(x, y).map(|channel| channel.saturating_add(((x + y) % 2) as u8)));
    assert_eq!(difference(&picture, &near), None);
}

#[test]
fn pictures_are_as_wide_as_they_are_to_be() {
    let room = tempfile::tempdir().unwrap();
    for (name, arguments) in PICTURES {
        let found = drawn(arguments, 2000, &room.path().join(format!("{name}.png")));
        assert_eq!(found.width(), 2000, "{name}");
    }
}
