//! A sequence of pictures: thousands of points that flow to their basins.

use std::fs;
use std::path::{Path, PathBuf};

use crate::analysis::basins::{Minima, NO_BASIN};
use crate::backend::Columns;
use crate::cli::explain::figure::Scene;
use crate::cli::options::{Place, Voice};
use crate::cli::report::short;
use crate::cli::session::Session;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::picture::{Format, Style, palette};
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
    fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let mut swarm = lattice(across, upwards);
    let labels = labels(scene, run, &swarm)?;
    let mut contour = scene.surroundings(&domain);
    contour.marked.retain(|marked| marked.name != "start");
    let updates = if updates == 0 { USUAL_UPDATES } else { updates };
    let frames = updates.min(MOST_FRAMES);
    let stale = folder.join(name(frames + 1));
    if stale.exists() {
        return Err(Error::file(&stale, "belongs to a longer sequence; remove that, or name another folder"));
    }
    let (mut files, mut session) = (Vec::new(), None);
    for frame in 0..=frames {
        let at = |frame: u32| (u64::from(updates) * u64::from(frame) / u64::from(frames)) as u32;
        if frame > 0 {
            swarm = moved(scene, run, &mut session, swarm, at(frame) - at(frame - 1))?;
        }
        let colour =
            |number: usize| if labels[number] == NO_BASIN { palette::NO_BASIN } else { palette::basin(labels[number] as u32, 0.8) };
        let places = swarm.points.chunks_exact(2).map(|point| (f64::from(point[0]), f64::from(point[1])));
        contour.swarm = places.zip(swarm.numbers.iter().map(|number| colour(*number))).collect();
        contour.subtitle = format!(
            "{} starts, learning rate {}, after {} steps; grey: in no basin within {MOST_UPDATES}",
            SIDE * SIDE,
            short(scene.learning_rate()),
            at(frame)
        );
        let path = folder.join(name(frame));
        let mut output = Output::create(&path)?;
        contour.write(Format::Png, style, &mut output)?;
        output.commit()?;
        files.push(path);
    }
    Ok(files)
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

/// The basin of every point.
fn labels(scene: &Scene<'_>, run: &Run<'_>, swarm: &Swarm) -> Result<Vec<i32>> {
    let experiment = experiment(scene, swarm, StopRule { steps: MOST_UPDATES, ..StopRule::default() })?;
    let mut minima = Minima::of(&experiment)?;
    let session = Session::prepare(run.place, run.voice, experiment)?;
    let mut labels = Vec::new();
    session.run(Columns { point: true, ..Columns::ENDING }, |outcomes| {
        labels.extend(minima.labels(&session.experiment, outcomes, &session.monitor)?);
        Ok(())
    })?;
    let relabelled = minima.finish();
    Ok(labels.into_iter().map(|label| relabelled.of(label)).collect())
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
