//! Faults that pass are tried again, and faults that last are named: each night here meets one, and what stands
//! afterwards is what the orders say, by a count that shares nothing with the program.

mod altered;
mod cut;
mod gone_back;
mod locks;
mod no_room;
mod onlookers;
mod passing;
mod read_only;
mod server;
mod silent;
mod stopped_source;
mod too_long;

use sandbox::databases::Database;
use sandbox::proxy::Proxy;

use crate::book::{Book, published_days};
use crate::running::Running;
use crate::state::lasting;
use crate::support::Kitchen;

/// Days in the book: two transactions of a first run, eight of a night.
const DAYS: u64 = 38;
/// The days of which late orders turn up: those of a night.
const LATE: [&str; 2] = ["--lookback", "8"];
/// After the last of those days.
const NIGHT: &str = "2024-02-08T01:00:00Z";

/// The settings of the way to a database that a proxy stands in.
const SOURCE: &str = "ORDER_DATABASE";
const OURS: &str = "ANALYTICS_DATABASE";

/// A restaurant that is always one late order a day ahead of what is published.
struct Nights {
    kitchen: Kitchen,
    proxy: Proxy,
    book: Book,
    nights: u64,
}

impl Nights {
    /// With everything published, and the batch's way to one database through a proxy.
    async fn through_a_proxy(hint: &str, section: &str) -> Self {
        let kitchen = Kitchen::new(hint).await;
        let book = Book::of("2024-01-01", DAYS);
        book.enter(&kitchen.restaurant, &Book::default()).await;
        kitchen.run_at(NIGHT, &[], 0);
        let port = kitchen.restaurant.env_for_batch().into_iter().find(|(name, _)| name.ends_with("PORT"));
        let proxy = Proxy::to(port.unwrap().1.parse().unwrap()).await.unwrap();
        let kitchen = kitchen
            .set(&format!("{section}__PORT"), &proxy.port().to_string())
            // The proxy must see where a command begins.
            .set(&format!("{section}__SSL_MODE"), "disabled");
        Self { kitchen, proxy, book, nights: 0 }
    }

    /// Another order on each of the last days.
    async fn orders_turn_up(&mut self) {
        let book = self.book.with_late_orders(DAYS - 8);
        book.enter(&self.kitchen.restaurant, &self.book).await;
        self.book = book;
        self.nights += 1;
    }

    /// Starts a night's run.
    fn start(&self) -> Running {
        Running::start(&self.kitchen, NIGHT, &LATE)
    }

    /// Every published day is whole, and as the orders say.
    async fn is_right(&self, when: &str) {
        let mut connection = self.kitchen.restaurant.admin(Database::Analytics).await.unwrap();
        assert_eq!(published_days(&mut connection).await, self.book.whole_days(), "{when}");
    }

    /// What stands is what as many nights leave without any fault, and another run changes nothing.
    async fn is_as_if_nothing_had_happened(&self) {
        let undisturbed = Kitchen::new("calm").await;
        let mut book = Book::of("2024-01-01", DAYS);
        book.enter(&undisturbed.restaurant, &Book::default()).await;
        undisturbed.run_at(NIGHT, &[], 0);
        for _ in 0..self.nights {
            let more = book.with_late_orders(DAYS - 8);
            more.enter(&undisturbed.restaurant, &book).await;
            book = more;
            undisturbed.run_at(NIGHT, &LATE, 0);
        }
        let expected = lasting(&undisturbed).await;
        assert_eq!(lasting(&self.kitchen).await, expected);
        self.proxy.heal();
        self.start().ends_with(&self.kitchen, 0).await;
        assert_eq!(lasting(&self.kitchen).await, expected);
    }
}
