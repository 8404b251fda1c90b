//! A sequence of pictures: thousands of points that flow to their basins.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::analysis::basins::{Minima, Minimum, NO_BASIN};
use crate::backend::Columns;
use crate::cli::basins::place;
use crate::cli::explain::figure::Scene;
use crate::cli::options::{Place, Voice};
use crate::cli::report::short;
use crate::cli::session::Session;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::picture::{Format, Rgb, Style, palette};
use crate::stop::StopRule;
use crate::table::Output;

/// Points along each side of the lattice that they start from.
const SIDE: usize = 64;
/// The most pictures after the first.
const MOST_FRAMES: u32 = 60;
/// Updates, where no number is asked for.
const USUAL_UPDATES: u32 = 100;
/// Updates within which a point must reach its minimum to have the colour of one.
const MOST_UPDATES: u32 = 20_000;

/// Where descents run, and how to speak.
pub(super) struct Run<'a> {
    pub(super) place: &'a Place,
    pub(super) voice: Voice,
}

/// Points that have not gone out of f32, and which of the lattice they are.
struct Swarm {
    points: Vec<f32>,
    numbers: Vec<usize>,
}

/// Draws the descents of a lattice of points on the loss of `scene`, which has two variables, into files of `folder`.
///
/// # Errors
/// [`Error::Invalid`] for another number of variables, and whatever the backend or the files say.
pub(super) fn write(scene: &Scene<'_>, run: &Run<'_>, folder: &Path, updates: u32, style: Style) -> Result<Vec<PathBuf>> {
    let domain = scene.domain();
    let [across, upwards] = domain[..] else {
        return Err(Error::invalid("--frames", format!("shows losses of two variables, and this one has {}", domain.len())));
    };
    let rates = scene.surface.learning_rates().len();
    if rates > 1 {
        return Err(Error::invalid("learning_rate", format!("has {rates} values; --frames shows one")));
    }
    let updates = if updates == 0 { USUAL_UPDATES } else { updates };
    let frames = updates.min(MOST_FRAMES);
    let is_new = !folder.exists();
    prepare(folder, frames)?;
    let outputs = draw(scene, run, folder, [across, upwards], (updates, frames), style).inspect_err(|_| {
        if is_new {
            // With nothing in it; what else may be wrong with it does not matter beside the error.
            let _ = fs::remove_dir(folder);
        }
    })?;
    let files = outputs.iter().map(|output| output.path().to_path_buf()).collect();
    outputs.into_iter().try_for_each(Output::commit)?;
    Ok(files)
}

/// The pictures, none of which has its name yet.
fn draw(
    scene: &Scene<'_>,
    run: &Run<'_>,
    folder: &Path,
    [across, upwards]: [[f64; 2]; 2],
    (updates, frames): (u32, u32),
    style: Style,
) -> Result<Vec<Output>> {
    let mut swarm = lattice(across, upwards);
    let basins = Basins::of(scene, run, &swarm)?;
    let mut contour = scene.surroundings(&[across, upwards]);
    contour.marked.retain(|marked| marked.name != "start");
    contour.keys = basins.keys();
    let (mut outputs, mut session) = (Vec::new(), None);
    for frame in 0..=frames {
        let at = |frame: u32| (u64::from(updates) * u64::from(frame) / u64::from(frames)) as u32;
        if frame > 0 {
            swarm = moved(scene, run, &mut session, swarm, at(frame) - at(frame - 1))?;
        }
        let places = swarm.points.chunks_exact(2).map(|point| (f64::from(point[0]), f64::from(point[1])));
        contour.swarm = places.zip(swarm.numbers.iter().map(|number| colour(basins.labels[*number]))).collect();
        let is_shown = |((x, y), _): &&((f64, f64), Rgb)| (across[0]..=across[1]).contains(x) && (upwards[0]..=upwards[1]).contains(y);
        let gone = SIDE * SIDE - contour.swarm.iter().filter(is_shown).count();
        let (starts, rate) = (SIDE * SIDE, short(scene.learning_rate()));
        // Two short lines, so that all pictures are of one size.
        contour.subtitle = format!("{starts} starts, learning rate {rate}\nafter {} steps; {gone} outside", at(frame));
        let mut output = Output::create(&folder.join(name(frame)))?;
        output.put(&contour.render(Format::Png, style)?)?;
        output.complete()?;
        outputs.push(output);
    }
    Ok(outputs)
}

/// Makes the folder, if it is not there, and checks that it holds no longer sequence, whose end would be taken for that of this one.
fn prepare(folder: &Path, frames: u32) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::unwritten(folder, error),
        _ => Error::file(folder, format!("the folder cannot be made: {error}; name another")),
    })?;
    let stale = folder.join(name(frames + 1));
    match stale.exists() {
        true => Err(Error::file(&stale, "belongs to a longer sequence; remove that, or name another folder")),
        false => Ok(()),
    }
}

/// The colour of points with this label.
fn colour(label: i32) -> Rgb {
    if label == NO_BASIN { palette::NO_BASIN } else { palette::basin(label as u32, 0.8) }
}

/// The name of a picture's file.
fn name(frame: u32) -> String {
    format!("frame_{frame:03}.png")
}

fn lattice(across: [f64; 2], upwards: [f64; 2]) -> Swarm {
    let place = |number: usize, [low, high]: [f64; 2]| (low + (high - low) * (number as f64 + 0.5) / SIDE as f64) as f32;
    let points = (0..SIDE * SIDE).flat_map(|number| [place(number % SIDE, across), place(number / SIDE, upwards)]).collect();
    Swarm { points, numbers: (0..SIDE * SIDE).collect() }
}

/// An experiment that starts from `swarm`.
fn experiment(scene: &Scene<'_>, swarm: &Swarm, stop: StopRule) -> Result<Experiment> {
    scene.surface.descending(swarm.points.clone(), "lattice", scene.learning_rate() as f32, stop)
}

/// Where the points of the lattice end.
struct Basins {
    /// One a point.
    labels: Vec<i32>,
    minima: Vec<Minimum>,
}

impl Basins {
    fn of(scene: &Scene<'_>, run: &Run<'_>, swarm: &Swarm) -> Result<Self> {
        let stop = StopRule { steps: MOST_UPDATES, ..*scene.stop() };
        let experiment = experiment(scene, swarm, stop)?;
        let mut minima = Minima::of(&experiment)?;
        let session = Session::prepare(run.place, run.voice, experiment)?;
        let mut labels = Vec::new();
        session.run(Columns { point: true, ..Columns::ENDING }, |outcomes| {
            labels.extend(minima.labels(&session.experiment, outcomes, &session.monitor)?);
            Ok(())
        })?;
        let relabelled = minima.finish();
        Ok(Self { labels: labels.into_iter().map(|label| relabelled.of(label)).collect(), minima: minima.listed().to_vec() })
    }

    /// What the colours of the points stand for.
    fn keys(&self) -> Vec<(Rgb, String)> {
        let is_reached = |label: i32| self.labels.contains(&label);
        let reached = self.minima.iter().filter(|minimum| is_reached(minimum.label));
        let keys = reached.map(|minimum| (colour(minimum.label), format!("to {}", place(minimum))));
        let none = is_reached(NO_BASIN).then(|| (colour(NO_BASIN), format!("to none in {MOST_UPDATES} steps")));
        keys.chain(none).collect()
    }
}

/// The same points so many updates later, without those that went out of f32. Gradient descent keeps nothing from step to step, so that it can
/// be taken up anywhere. The backend is opened once, for the first of these, and kept in `session`.
fn moved(scene: &Scene<'_>, run: &Run<'_>, session: &mut Option<Session>, swarm: Swarm, updates: u32) -> Result<Swarm> {
    if swarm.numbers.is_empty() {
        return Ok(swarm);
    }
    let experiment = experiment(scene, &swarm, StopRule { steps: updates, fixed_steps: true, ..StopRule::default() })?;
    let ready = match session.take() {
        Some(session) => session.onto(run.place, experiment)?,
        None => Session::prepare(run.place, Voice { quiet: true, ..run.voice }, experiment)?,
    };
    let mut points = Vec::new();
    session.insert(ready).run(Columns { point: true, ..Columns::ENDING }, |outcomes| {
        points.extend_from_slice(&outcomes.point);
        Ok(())
    })?;
    let kept = points.chunks_exact(2).zip(&swarm.numbers).filter(|(point, _)| point.iter().all(|x| x.is_finite()));
    let (points, numbers): (Vec<&[f32]>, Vec<usize>) = kept.map(|(point, number)| (point, *number)).unzip();
    Ok(Swarm { points: points.concat(), numbers })
}
