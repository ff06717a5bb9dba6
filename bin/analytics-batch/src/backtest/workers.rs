//! Work spread over threads, with results that do not show it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Does `work` for each of `tasks` on so many threads, and gives the results in the order of the tasks.
///
/// # Panics
/// When the work does.
pub(super) fn on_threads<T: Sync, R: Send>(
    threads: NonZeroUsize,
    tasks: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(index) else { return done };
            done.push((index, work(task)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.get().min(tasks.len())).map(|_| scope.spawn(worker)).collect();
        let joined = handles.into_iter().map(thread::ScopedJoinHandle::join);
        joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// What `work` gives and the processor time it took: that of this thread, whatever else the machine does meanwhile.
pub(super) fn timed<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let before = processor_time();
    let result = work();
    (result, processor_time().saturating_sub(before))
}

fn processor_time() -> Duration {
    // A thread's clock is never negative.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_whatever_the_threads() {
        let tasks: Vec<u64> = (0..97).collect();
        let squares: Vec<u64> = tasks.iter().map(|task| task * task).collect();
        for threads in [1, 2, 200] {
            let threads = NonZeroUsize::new(threads).unwrap();
            assert_eq!(on_threads(threads, &tasks, |task| task * task), squares);
        }
    }

    #[test]
    fn only_work_takes_processor_time() {
        let (sum, busy) = timed(|| (0..20_000_000_u64).fold(0, |sum: u64, n| sum.wrapping_mul(31) ^ n));
        let (_, idle) = timed(|| thread::park_timeout(Duration::from_millis(50)));
        assert!(sum > 0 && busy > idle, "{busy:?} {idle:?}");
    }
}
