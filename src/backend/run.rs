//! Tiles one after another: some under way, while the caller looks at what has become of the one before.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::task::{Context, Poll};
use std::thread;

use crate::backend::{Backend, Columns, IN_FLIGHT, Job, Monitor, Outcomes, Pending, Wanted};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::plan::{Plan, Tile};

/// Runs all tiles of `plan` and shows each one's outcomes to `consume`, in order. A thread of its own waits for the backend, so that
/// the tiles that follow go on meanwhile.
///
/// # Errors
/// The backend's, the consumer's, or [`Error::Interrupted`](crate::Error::Interrupted).
pub fn run(
    backend: &dyn Backend,
    experiment: &Arc<Experiment>,
    plan: &Plan,
    wanted: impl Into<Wanted>,
    monitor: &Arc<Monitor>,
    mut consume: impl FnMut(&Outcomes) -> Result<()>,
) -> Result<()> {
    let Wanted { columns, digest } = wanted.into();
    let ended = Arc::new(AtomicBool::new(false));
    let job = |tile| {
        let (experiment, digest, monitor, ended) = (Arc::clone(experiment), digest.clone(), Arc::clone(monitor), Arc::clone(&ended));
        Job { experiment, tile, columns, digest, monitor, ended }
    };
    let jobs = plan.tiles().map(job);
    // Whoever is ready first waits for the other, so that no more tiles are held than the plan counts on.
    let (sender, receiver) = sync_channel(0);
    thread::scope(|scope| {
        let driver = scope.spawn(move || drive(backend, jobs, &sender));
        let end = EndOnDrop(&ended);
        let consumed = receiver.into_iter().try_for_each(|outcomes| {
            consume(&outcomes)?;
            backend.reuse(outcomes);
            monitor.check()
        });
        drop(end);
        let driven = driver.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        consumed.and(driven)
    })
}

/// Outcomes of one tile: [`run`] for a caller that has a single one.
pub fn run_tile(backend: &dyn Backend, experiment: &Arc<Experiment>, tile: Tile, columns: Columns) -> Result<Outcomes> {
    let job = Job { experiment: Arc::clone(experiment), tile, columns, digest: None, monitor: Arc::default(), ended: Arc::default() };
    let mut flight = VecDeque::from([Slot::Running(backend.submit(job))]);
    pollster::block_on(poll_fn(|context| poll_front(backend, &mut flight, context)))
}

/// Lets tiles under way stop once nobody wants them any longer, be it for an error or a panic.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Keeps [`IN_FLIGHT`] of `jobs` under way and sends what comes of them, until there are no more or nobody listens.
fn drive(backend: &dyn Backend, mut jobs: impl Iterator<Item = Job>, sender: &SyncSender<Outcomes>) -> Result<()> {
    let mut flight = VecDeque::new();
    loop {
        let room = IN_FLIGHT - flight.len();
        flight.extend(jobs.by_ref().take(room).map(|job| Slot::Running(backend.submit(job))));
        if flight.is_empty() {
            return Ok(());
        }
        let outcomes = pollster::block_on(poll_fn(|context| poll_front(backend, &mut flight, context)))?;
        if sender.send(outcomes).is_err() {
            return Ok(());
        }
    }
}

enum Slot {
    Running(Pending),
    Done(Box<Result<Outcomes>>),
}

/// Advances every tile under way and takes the first one's outcomes once they are there.
fn poll_front(backend: &dyn Backend, flight: &mut VecDeque<Slot>, context: &mut Context<'_>) -> Poll<Result<Outcomes>> {
    for slot in flight.iter_mut() {
        if let Slot::Running(pending) = slot
            && let Poll::Ready(result) = pending.as_mut().poll(context)
        {
            *slot = Slot::Done(Box::new(result));
        }
    }
    match flight.pop_front() {
        Some(Slot::Done(result)) => return Poll::Ready(*result),
        Some(running) => flight.push_front(running),
        None => {}
    }
    if backend.drive()? {
        context.waker().wake_by_ref();
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    use super::*;
    use crate::axis::Axis;
    use crate::backend::Description;
    use crate::error::Error;
    use crate::loss::Loss;

    /// How many descents there are, and the first one of a tile that fails, or never ends.
    const FAILING: (u64, u64) = (100, 8);
    const ENDLESS: (u64, u64) = (6, 4);

    /// A device that must be asked three times for a tile.
    #[derive(Debug)]
    struct Slow {
        description: Description,
        finished: Arc<AtomicU64>,
    }

    impl Backend for Slow {
        fn description(&self) -> &Description {
            &self.description
        }
        fn largest_tile(&self, _: &Experiment) -> Result<u64> {
            Ok(2)
        }
        fn submit(&self, job: Job) -> Pending {
            let (finished, mut asked) = (Arc::clone(&self.finished), 0);
            Box::pin(poll_fn(move |_| {
                asked += 1;
                job.check()?;
                if asked < 3 || (job.experiment.descents(), job.tile.first) == ENDLESS {
                    return Poll::Pending;
                }
                finished.fetch_add(1, Ordering::SeqCst);
                if (job.experiment.descents(), job.tile.first) == FAILING {
                    Poll::Ready(Err(Error::Interrupted))
                } else {
                    Poll::Ready(Ok(Outcomes::of(&job.tile)))
                }
            }))
        }
        fn drive(&self) -> Result<bool> {
            Ok(true)
        }
    }

    /// Runs so many descents in tiles of two on a slow device; `look` is told how many tiles the device has finished.
    fn run_slow(descents: u64, mut look: impl FnMut(&Outcomes, &AtomicU64) -> Result<()>) -> Result<()> {
        let text = String::new;
        let description = Description { kind: "slow", adapter: text(), driver: text(), lanes: 1, clock: "wall" };
        let slow = Slow { description, finished: Arc::default() };
        let draft = Experiment::new(Loss::named("sphere", Some(1)).unwrap()).input("x", Axis::linear(-1.0, 1.0, descents));
        let experiment = Arc::new(draft.input("lr", 0.1).validate().unwrap());
        let plan = Plan::within(&experiment, Default::default(), 2);
        run(&slow, &experiment, &plan, Columns::ENDING, &Arc::default(), |outcomes| look(outcomes, &slow.finished))
    }

    #[test]
    fn the_next_tile_is_finished_while_one_is_looked_at() {
        let mut seen = 0;
        let result = run_slow(8, |outcomes, finished| {
            assert_eq!(outcomes.tile.first, 2 * seen);
            seen += 1;
            // Would never come to be if the device were only driven between looks.
            for _ in 0..1000 {
                if finished.load(Ordering::SeqCst) > seen.min(3) {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(10));
            }
            Err(Error::invalid("tile", "the next one is not finished"))
        });
        result.unwrap();
        assert_eq!(seen, 4);
    }

    #[test]
    fn the_run_ends_with_the_error_of_either_side() {
        let mut seen = 0;
        let result = run_slow(100, |_, _| {
            seen += 1;
            Ok(())
        });
        assert_eq!((seen, result.unwrap_err().to_string()), (4, Error::Interrupted.to_string()));
        let refused = run_slow(8, |_, _| Err(Error::invalid("look", "no")));
        assert!(refused.unwrap_err().to_string().contains("look"));
    }

    #[test]
    fn a_tile_that_nobody_wants_any_longer_stops() {
        let result = run_slow(6, |outcomes, _| match outcomes.tile.first {
            2 => Err(Error::invalid("look", "no")),
            _ => Ok(()),
        });
        assert!(result.unwrap_err().to_string().contains("look"));
    }
}
