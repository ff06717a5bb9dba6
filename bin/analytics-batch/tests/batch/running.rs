//! The batch under way: watched, signalled and waited for; and obstacles of a test's own that stop it at a known place.
//!
//! Nothing here sleeps for luck: every wait is for something that can be seen, and gives up at a deadline.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use sandbox::databases::Database;
use sandbox::programs::Finished;
use sandbox::server::Engine;

use crate::support::Kitchen;

/// No wait of these tests is longer.
const DEADLINE: Duration = Duration::from_secs(60);

/// A batch that has been started. Dropping it kills it.
pub(crate) struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
}

/// What a process has written to a stream so far.
struct Output {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts the batch at a moment.
    pub(crate) fn start(kitchen: &Kitchen, now: &str, arguments: &[&str]) -> Self {
        let all = [arguments, &["--now", now]].concat();
        let mut command = kitchen.batch.command(&all);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, stdout: Output::of(stdout), stderr: Output::of(stderr) }
    }

    /// Sends it a signal: `TERM`, `INT`, `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let script = "kill -s \"$0\" \"$1\"";
        let sent = Command::new("/bin/sh").args(["-c", script, name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "SIG{name} could not be sent");
    }

    /// Waits until it has logged something.
    pub(crate) async fn has_logged(&self, text: &str) {
        until(text, async || self.stderr.so_far().contains(text)).await;
    }

    /// Whether it is still there.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> Finished {
        let give_up = Instant::now() + DEADLINE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > give_up => {
                    panic!("still running: {}", self.stderr.so_far())
                }
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        let (stdout, stderr) = (self.stdout.whole(), self.stderr.whole());
        assert!(status.code().is_some() || matches!(status.signal(), Some(9 | 15)), "{status}: {stderr}");
        Finished { code: status.code(), stdout, stderr }
    }

    /// Waits for its end, and expects this exit code and no secret in what it said.
    pub(crate) async fn ends_with(self, kitchen: &Kitchen, code: i32) -> Finished {
        let finished = self.ended().await;
        assert_eq!(finished.code, Some(code), "{}\n{}", finished.stdout, finished.stderr);
        kitchen.assert_no_secret_in(&finished);
        finished
    }

    /// Ends it as a crash would, unless it has ended by itself, and waits for that.
    pub(crate) async fn killed(self) {
        self.signal("KILL");
        let finished = self.ended().await;
        assert!(matches!(finished.code, None | Some(0)), "{:?} {}", finished.code, finished.stderr);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Output {
    /// Reads a stream to its end on a thread of its own.
    fn of(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                let mut text = into.lock().unwrap();
                text.push_str(&line.unwrap());
                text.push('\n');
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// All of it, once the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.so_far()
    }
}

/// Waits until `seen` is true.
pub(crate) async fn until(what: &str, mut seen: impl AsyncFnMut() -> bool) {
    let give_up = Instant::now() + DEADLINE;
    while !seen().await {
        assert!(Instant::now() < give_up, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Locks of a test's own, on which the batch stops.
pub(crate) struct Obstacle {
    holder: Conn,
    watcher: Conn,
    /// Whose statements it is in the way of. A migration may wait for the run's own renewal of the lease.
    user: String,
}

impl Obstacle {
    /// Locks a row of analytics_db by a statement in a transaction that stays open: the batch stops in the midst of
    /// its own transaction.
    pub(crate) async fn row(kitchen: &Kitchen, statement: &str) -> Self {
        Self::put(kitchen, Database::Analytics, &format!("START TRANSACTION; {statement}")).await
    }

    /// Locks the table `orders`: the batch stops before it reads, outside any transaction on analytics_db, and goes
    /// on renewing its lease.
    pub(crate) async fn orders(kitchen: &Kitchen) -> Self {
        Self::table(kitchen, Database::Orders, "orders").await
    }

    /// Locks a whole table: the batch stops where it first reads it.
    pub(crate) async fn table(kitchen: &Kitchen, database: Database, table: &str) -> Self {
        Self::put(kitchen, database, &format!("LOCK TABLES {table} WRITE")).await
    }

    async fn put(kitchen: &Kitchen, database: Database, script: &str) -> Self {
        let mut holder = kitchen.restaurant.admin(database).await.unwrap();
        holder.query_drop(script).await.unwrap();
        let watcher = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
        let user = kitchen.restaurant.user(match database {
            Database::Orders => "order_reader",
            Database::Analytics => "analytics_batch",
        });
        Self { holder, watcher, user }
    }

    /// Waits until so many statements of the batch wait for a lock, on a table or on a row.
    pub(crate) async fn is_met_by(&mut self, statements: usize) {
        let (watcher, ours) = (&mut self.watcher, &self.user);
        let sessions =
            format!("SELECT user, state FROM {}", Engine::from_environment().unwrap().processlist());
        until("a statement that waits for a lock", async || {
            let states: Vec<(Option<String>, Option<String>)> = watcher.query(&*sessions).await.unwrap();
            let on_tables = states.iter().filter(|(user, state)| {
                user.as_ref() == Some(ours)
                    && state.as_ref().is_some_and(|state| state.contains("metadata lock"))
            });
            // Not information_schema.innodb_trx: it shows the past for as long as somebody looks at it often.
            let (_, _, transactions): (String, String, String) =
                watcher.query_first("SHOW ENGINE INNODB STATUS").await.unwrap().unwrap();
            let on_rows = transactions.split("---TRANSACTION").filter(|transaction| {
                transaction.contains("LOCK WAIT")
                    // The renewal of the lease waits for the run's own transaction, which holds its row.
                    && !transaction.contains("SET expires_at")
                    && transaction.contains(&format!(" {ours} "))
            });
            on_tables.count() + on_rows.count() >= statements
        })
        .await;
    }

    /// Does something behind its own locks.
    pub(crate) async fn does(&mut self, script: &str) {
        self.holder.query_drop(script).await.unwrap();
    }

    /// Takes the locks away.
    pub(crate) async fn removed(mut self) {
        self.holder.query_drop("ROLLBACK; UNLOCK TABLES").await.unwrap();
        self.holder.disconnect().await.unwrap();
        self.watcher.disconnect().await.unwrap();
    }
}
