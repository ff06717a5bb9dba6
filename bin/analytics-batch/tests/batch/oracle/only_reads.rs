//! The source is read and never written: by its checksums, and by every statement that the server was sent.

use std::collections::BTreeSet;
use std::fs;

use sandbox::databases::{LineRow, OrderRow, Source};
use sandbox::server::{Engine, Options, Server};

use super::hard_rows::{EXTRA_STATUSES, draw};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// How a statement of a reader may begin.
const READING: [&str; 5] = ["SELECT ", "SET ", "START TRANSACTION ", "COMMIT", "ROLLBACK"];
/// What else a connection does.
const CONNECTING: [&str; 6] = ["Connect", "Quit", "Init DB", "Close stmt", "Reset stmt", "Ping"];
/// The commands that carry a statement.
const SAYING: [&str; 3] = ["Query", "Prepare", "Execute"];

/// What `user` sent, as (command, text), out of a general log. MariaDB and MySQL write a tab, the connection's number
/// and the command, a tab, the text; further lines of a text carry none of it.
fn sent_by(user: &str, log: &str) -> BTreeSet<(String, String)> {
    let mut connections = BTreeSet::new();
    let mut sent = BTreeSet::new();
    for line in log.lines() {
        let Some((head, text)) = line.rsplit_once('\t').filter(|_| line.matches('\t').count() >= 2) else {
            continue;
        };
        let Some((number, command)) = head.rsplit('\t').next().unwrap_or_default().trim().split_once(' ')
        else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else { continue };
        if command == "Connect" && text.starts_with(&format!("{user}@")) {
            connections.insert(number);
        }
        if connections.contains(&number) {
            sent.insert((command.to_owned(), text.to_owned()));
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_sees_nothing_but_reads() {
    let engine = Engine::from_environment().unwrap();
    let server = Server::start(engine, Options::default().with_query_log()).unwrap();
    let rules = Rules::new("UTC", 0, "UTC");
    let date = |text: &str| text.parse().unwrap();
    for index_on_created_at in [false, true] {
        let extra_statuses = EXTRA_STATUSES.map(str::to_owned).into();
        let source = Source { index_on_created_at, extra_statuses, ..Source::default() };
        let kitchen = Kitchen::on(&server, "onlyreads", &source).await;
        let mut book = draw(31, 700, &rules, (date("2024-05-01"), date("2024-05-30")), &[]);
        book.store(&kitchen).await;
        kitchen.run_at("2024-05-31T02:00:00Z", &[], 0);
        let id = book.highest_id() + 1;
        book.orders.push(OrderRow::served(id, "2024-05-04 12:00:00", "5.00"));
        book.lines.push(LineRow::new(1_000_000, id, 1, "Soup", 1, "5.00"));
        book.store(&kitchen).await;

        let before = kitchen.restaurant.checksum_of_orders().await.unwrap();
        for arguments in [
            &[][..],
            &["--date", "2024-05-10"],
            &["--from", "2024-05-01", "--to", "2024-05-20", "--allow-empty"],
            &["--dry-run"],
            &["--rebuild"],
            &["verify"],
            &["verify", "--repair"],
        ] {
            kitchen.run_at("2024-06-02T02:00:00Z", arguments, 0);
        }
        assert_eq!(kitchen.restaurant.checksum_of_orders().await.unwrap(), before);

        let log = String::from_utf8_lossy(&fs::read(server.query_log().unwrap()).unwrap()).into_owned();
        let sent = sent_by(&kitchen.restaurant.user("order_reader"), &log);
        let is_read = |command: &str, text: &str| {
            CONNECTING.contains(&command)
                || (SAYING.contains(&command) && READING.iter().any(|reading| text.starts_with(reading)))
        };
        let others: Vec<_> = sent.iter().filter(|(command, text)| !is_read(command, text)).collect();
        assert!(others.is_empty(), "{others:#?}");
        let says = |text: &str| sent.iter().any(|(_, said)| said.starts_with(text));
        assert!(says("SELECT") && says("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"), "{sent:#?}");
        assert!(says("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"), "{sent:#?}");
    }
}
