//! Every day, hour and item of a first build, for every kind of source and zone.

use jiff::Timestamp;
use jiff::civil::Date;
use rstest::rstest;
use sandbox::databases::{CreatedAt, Database, LineRow, OrderRow, Source};
use sandbox::server::{Engine, Options, Server};

use super::book::Book;
use super::facts::{assert_same, published};
use super::hard_rows::{EXTRA_STATUSES, ZERO_DATES, draw};
use super::wall_clock::Rules;
use crate::support::Kitchen;

const ORDERS: usize = 1_200;

/// A zone, a day start and how the source is written.
struct Setting {
    zone: &'static str,
    day_start: i8,
    /// The setting `ORDERS__TIMEZONE`.
    orders_zone: Option<&'static str>,
    created_at: CreatedAt,
    first: &'static str,
    last: &'static str,
    changes: &'static [&'static str],
}

impl Setting {
    fn rules(&self) -> Rules {
        let written_in = match self.created_at {
            // Whatever the settings say.
            CreatedAt::Timestamp => "UTC",
            CreatedAt::DateTime => self.orders_zone.unwrap_or(self.zone),
        };
        Rules::new(self.zone, self.day_start, written_in)
    }

    fn configure(&self, kitchen: Kitchen) -> Kitchen {
        let kitchen = kitchen
            .set("ANALYTICS__TIMEZONE", self.zone)
            .set("ANALYTICS__DAY_START", &format!("{:02}:00", self.day_start));
        match self.orders_zone {
            Some(zone) => kitchen.set("ORDERS__TIMEZONE", zone),
            None => kitchen,
        }
    }

    async fn check(&self, seed: u64, kitchen: Kitchen) {
        let rules = self.rules();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let changes: Vec<Date> = self.changes.iter().map(|text| date(text)).collect();
        let last = date(self.last);
        let mut book = draw(seed, ORDERS, &rules, (date(self.first), last), &changes);
        if self.created_at == CreatedAt::Timestamp {
            for order in book.orders.iter_mut().filter(|order| ZERO_DATES.contains(&&*order.created_at)) {
                ZERO_DATES[0].clone_into(&mut order.created_at);
            }
        }
        let kitchen = self.configure(kitchen);
        book.store(&kitchen).await;

        let now: Timestamp = rules.start_of(last.tomorrow().unwrap());
        kitchen.run_at(&now.to_string(), &[], 0);

        let expected = book.facts(&rules, last);
        assert_same(&expected, &published(&kitchen).await, self.zone);

        // The same days again, each looked for where it lies: by the index if there is one, else by its ids.
        let first = expected.keys().next().unwrap().to_string();
        kitchen.run_at(&now.to_string(), &["--from", &first, "--to", self.last], 0);
        assert_same(&expected, &published(&kitchen).await, &format!("{} day by day", self.zone));
    }
}

const UTC: Setting = Setting {
    zone: "UTC",
    day_start: 0,
    orders_zone: None,
    created_at: CreatedAt::DateTime,
    first: "2024-02-01",
    last: "2024-03-31",
    changes: &[],
};

const PARIS: Setting = Setting {
    zone: "Europe/Paris",
    day_start: 4,
    orders_zone: None,
    created_at: CreatedAt::DateTime,
    first: "2024-03-20",
    last: "2024-11-02",
    changes: &["2024-03-31", "2024-10-27"],
};

const KATHMANDU: Setting = Setting { zone: "Asia/Kathmandu", day_start: 0, orders_zone: Some("UTC"), ..UTC };

const SANTIAGO: Setting = Setting {
    zone: "America/Santiago",
    day_start: 0,
    first: "2024-04-01",
    last: "2024-09-14",
    changes: &["2024-04-07", "2024-09-08"],
    ..PARIS
};

const LORD_HOWE: Setting = Setting {
    zone: "Australia/Lord_Howe",
    day_start: 2,
    first: "2024-04-01",
    last: "2024-10-14",
    changes: &["2024-04-07", "2024-10-06"],
    ..PARIS
};

#[rstest]
#[case::utc(1, UTC)]
#[case::paris_by_its_own_wall_clock(2, PARIS)]
#[case::paris_written_in_utc(3, Setting { orders_zone: Some("UTC"), ..PARIS })]
#[case::paris_in_a_timestamp(4, Setting { orders_zone: Some("Asia/Tokyo"), created_at: CreatedAt::Timestamp, ..PARIS })]
#[case::kathmandu(5, KATHMANDU)]
#[case::kathmandu_from_noon(6, Setting { day_start: 12, ..KATHMANDU })]
#[case::santiago(7, SANTIAGO)]
#[case::santiago_written_in_utc(8, Setting { orders_zone: Some("UTC"), ..SANTIAGO })]
#[case::lord_howe(9, LORD_HOWE)]
#[case::lord_howe_written_in_santiago(10, Setting { orders_zone: Some("America/Santiago"), ..LORD_HOWE })]
#[tokio::test(flavor = "multi_thread")]
async fn every_row_equals_an_independent_computation(
    #[case] seed: u64,
    #[case] setting: Setting,
    #[values(false, true)] index_on_created_at: bool,
) {
    let source = Source {
        created_at: setting.created_at,
        index_on_created_at,
        extra_columns: seed.is_multiple_of(2),
        extra_statuses: EXTRA_STATUSES.map(str::to_owned).into(),
    };
    let mut kitchen = Kitchen::with("figures", &source).await;
    if index_on_created_at {
        // Many small slices in place of one.
        kitchen = kitchen.set("ORDERS__SLICE", "100");
    }
    setting.check(seed, kitchen).await;
}

#[rstest]
#[case::read_committed_by_default("--transaction-isolation=READ-COMMITTED")]
#[case::without_only_full_group_by("--sql-mode=")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_s_own_defaults_change_nothing(#[case] argument: &str) {
    let engine = Engine::from_environment().unwrap();
    let server = Server::start(engine, Options::default().argument(argument)).unwrap();
    let extra_statuses = EXTRA_STATUSES.map(str::to_owned).into();
    let kitchen = Kitchen::on(&server, "defaults", &Source { extra_statuses, ..Source::default() }).await;
    PARIS.check(11, kitchen).await;
}

/// The same columns by other types and in other letters: unsigned, narrower, whole amounts, whole seconds.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_other_types_are_read_as_well(#[values(false, true)] index_on_created_at: bool) {
    let kitchen = Kitchen::with("types", &Source { index_on_created_at, ..Source::default() }).await;
    let types = "ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1;
        ALTER TABLE orders RENAME COLUMN id TO ID, RENAME COLUMN status TO Status;
        ALTER TABLE order_items RENAME COLUMN order_id TO Order_Id, RENAME COLUMN unit_price TO UNIT_PRICE;
        ALTER TABLE orders MODIFY id INT UNSIGNED NOT NULL, MODIFY created_at DATETIME NOT NULL,
            MODIFY status VARCHAR(20) NOT NULL, MODIFY total_amount MEDIUMINT NULL;
        ALTER TABLE order_items MODIFY id BIGINT UNSIGNED NOT NULL, MODIFY order_id INT UNSIGNED NOT NULL,
            MODIFY item_id INT UNSIGNED NOT NULL, MODIFY item_name TINYTEXT NOT NULL,
            MODIFY quantity SMALLINT UNSIGNED NOT NULL, MODIFY unit_price DECIMAL(12,4) UNSIGNED NOT NULL";
    kitchen.restaurant.run(Database::Orders, types).await.unwrap();
    let mut book = Book::default();
    for (id, second) in (4_294_967_200..4_294_967_290).zip(0..) {
        let created_at = format!("2024-05-{:02} 12:00:{:02}", 1 + second / 10, second % 60);
        book.orders.push(OrderRow::served(id, &created_at, &(second - 5).to_string()));
        let quantity = 65_535 - second;
        book.lines.push(LineRow::new(
            id * 3,
            id,
            4_000_000_000 + i64::from(second % 3),
            "Soup",
            quantity,
            "0.25",
        ));
    }
    book.store(&kitchen).await;
    kitchen.run_at("2024-05-10T00:00:00Z", &[], 0);
    let last = "2024-05-09".parse().unwrap();
    let expected = book.facts(&Rules::new("UTC", 0, "UTC"), last);
    assert_same(&expected, &published(&kitchen).await, "other types");
    kitchen.run_at("2024-05-10T00:00:00Z", &["--from", "2024-05-01", "--to", "2024-05-09"], 0);
    assert_same(&expected, &published(&kitchen).await, "other types, day by day");
}
