//! The sample restaurant's menu: what it sells, since when and until when, by which name and at which price.

use chrono::{Datelike as _, NaiveDate};

/// What part of a meal an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    Starter,
    Main,
    Dessert,
    Drink,
    Wine,
    Coffee,
}

/// An item as it is first printed on the menu.
struct Item {
    id: i64,
    course: Course,
    name: &'static str,
    cents: i64,
    popularity: u32,
}

const fn item(id: i64, course: Course, name: &'static str, cents: i64, popularity: u32) -> Item {
    Item { id, course, name, cents, popularity }
}

use Course::{Coffee, Dessert, Drink, Main, Starter, Wine};

const ITEMS: [Item; 60] = [
    item(1, Starter, "Soupe à l'oignon", 850, 14),
    item(2, Starter, "Œuf mayonnaise", 590, 12),
    item(3, Starter, "Poireaux vinaigrette", 750, 8),
    item(4, Starter, "Terrine de campagne", 890, 9),
    item(5, Starter, "Escargots (6)", 1150, 7),
    item(6, Starter, "Saumon fumé", 1290, 7),
    item(7, Starter, "Burrata, tomates", 1190, 9),
    item(8, Starter, "Salade de chèvre chaud", 990, 10),
    item(9, Starter, "Foie gras mi-cuit", 1690, 4),
    item(10, Starter, "Velouté de potimarron", 790, 6),
    item(11, Main, "Steak frites", 1890, 24),
    item(12, Main, "Bœuf bourguignon", 1990, 13),
    item(13, Main, "Confit de canard", 1950, 14),
    item(14, Main, "Blanquette de veau", 1890, 9),
    item(15, Main, "Moules frites", 1690, 13),
    item(16, Main, "Sole meunière", 2890, 5),
    item(17, Main, "Cabillaud rôti", 2190, 8),
    item(18, Main, "Croque-monsieur", 1250, 16),
    item(19, Main, "Omelette aux cèpes", 1390, 7),
    item(20, Main, "Risotto aux légumes", 1590, 10),
    item(21, Main, "Salade niçoise", 1490, 11),
    item(22, Main, "Tartare de bœuf", 1850, 12),
    item(23, Main, "Poulet rôti, purée", 1690, 15),
    item(24, Main, "Burger maison", 1690, 19),
    item(25, Main, "Souris d'agneau", 2390, 6),
    item(26, Main, "Côte de bœuf (2 pers.)", 6800, 2),
    item(27, Main, "Galette complète", 1190, 9),
    item(28, Main, "Gnocchi, sauge", 1550, 7),
    item(29, Main, "Menu enfant", 990, 5),
    item(30, Dessert, "Crème brûlée", 790, 17),
    item(31, Dessert, "Tarte Tatin", 850, 12),
    item(32, Dessert, "Mousse au chocolat", 750, 16),
    item(33, Dessert, "Île flottante", 720, 8),
    item(34, Dessert, "Profiteroles", 950, 9),
    item(35, Dessert, "Café gourmand", 890, 14),
    item(36, Dessert, "Assiette de fromages", 990, 7),
    item(37, Dessert, "Sorbets (2 boules)", 650, 7),
    item(38, Dessert, "Crêpe au sucre", 550, 6),
    item(39, Dessert, "Baba au rhum", 950, 4),
    item(40, Drink, "Eau minérale 50 cl", 420, 18),
    item(41, Drink, "Eau pétillante 50 cl", 450, 13),
    item(42, Drink, "Limonade", 480, 8),
    item(43, Drink, "Cola", 490, 15),
    item(44, Drink, "Jus d'orange pressé", 590, 7),
    item(45, Drink, "Bière pression 25 cl", 490, 16),
    item(46, Drink, "Bière pression 50 cl", 850, 9),
    item(47, Drink, "Kir", 690, 6),
    item(48, Drink, "Spritz", 950, 8),
    item(49, Drink, "Thé glacé maison", 550, 7),
    item(50, Drink, "Sirop à l'eau", 320, 5),
    item(51, Wine, "Verre de côtes-du-rhône", 590, 20),
    item(52, Wine, "Verre de chablis", 750, 14),
    item(53, Wine, "Pichet de rouge 50 cl", 1450, 11),
    item(54, Wine, "Bouteille de bordeaux", 2900, 6),
    item(55, Wine, "Bouteille de sancerre", 3400, 5),
    item(56, Wine, "Coupe de champagne", 1200, 5),
    item(57, Coffee, "Espresso", 260, 40),
    item(58, Coffee, "Café crème", 420, 16),
    item(59, Coffee, "Thé", 450, 9),
    item(60, Coffee, "Chocolat chaud", 550, 5),
];

/// What happens to an item.
enum Change {
    Introduced,
    Discontinued,
    Renamed(&'static str),
}

/// Changes, by the number of days since the first.
const CHANGES: [(i64, i64, Change); 12] = [
    (49, 160, Change::Introduced),
    (28, 230, Change::Introduced),
    (39, 395, Change::Introduced),
    (7, 480, Change::Introduced),
    (14, 210, Change::Discontinued),
    (33, 330, Change::Discontinued),
    (44, 505, Change::Discontinued),
    (27, 610, Change::Discontinued),
    (24, 140, Change::Renamed("Burger du chef")),
    (20, 350, Change::Renamed("Risotto du marché")),
    (59, 560, Change::Renamed("Thé bio")),
    (35, 610, Change::Renamed("Café très gourmand")),
];

/// An item as it is sold on one day.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) id: i64,
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
}

/// What is on offer of one course.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) course: Course,
    pub(crate) offers: Vec<Offer>,
    /// How popular each offer is.
    pub(crate) popularity: Vec<u32>,
}

/// The menu of `day` in a restaurant that opened on `first`, a page a course.
pub(crate) fn menu(first: NaiveDate, day: NaiveDate) -> [Page; 6] {
    let age = (day - first).num_days();
    let on_menu = |id: i64| {
        CHANGES.iter().filter(|(of, ..)| *of == id).all(|(_, at, change)| match change {
            Change::Introduced => age >= *at,
            Change::Discontinued => age < *at,
            Change::Renamed(_) => true,
        })
    };
    let name = |item: &Item| {
        let renamed = CHANGES.iter().rev().find_map(|(of, at, change)| match change {
            Change::Renamed(name) if *of == item.id && age >= *at => Some(*name),
            _ => None,
        });
        renamed.unwrap_or(item.name)
    };
    [Starter, Main, Dessert, Drink, Wine, Coffee].map(|course| {
        let items = || ITEMS.iter().filter(|item| item.course == course && on_menu(item.id));
        let offer =
            |item: &Item| Offer { id: item.id, name: name(item), cents: raised(item.cents, first, day) };
        Page {
            course,
            offers: items().map(offer).collect(),
            popularity: items().map(|item| item.popularity).collect(),
        }
    })
}

/// A price after the rises of 3 per cent, to ten cents, on each 1 March after the first day.
fn raised(cents: i64, first: NaiveDate, day: NaiveDate) -> i64 {
    let is_risen =
        |year: &i32| NaiveDate::from_ymd_opt(*year, 3, 1).is_some_and(|rise| first < rise && rise <= day);
    let rises = (first.year()..=day.year()).filter(is_risen).count();
    (0..rises).fold(cents, |price, _| (price * 103 + 500) / 1000 * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_changes_as_planned() {
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let at = |age: u64| {
            menu(first, first + chrono::Days::new(age))
                .into_iter()
                .flat_map(|page| page.offers)
                .collect::<Vec<_>>()
        };
        let find = |age: u64, id: i64| at(age).into_iter().find(|offer| offer.id == id);
        assert_eq!(at(0).len(), 56);
        assert_eq!(at(730).len(), 56);
        assert!(find(159, 49).is_none() && find(160, 49).is_some());
        assert!(find(209, 14).is_some() && find(210, 14).is_none());
        assert_eq!(find(139, 24).unwrap().name, "Burger maison");
        assert_eq!(find(140, 24).unwrap().name, "Burger du chef");
        // 1 March is day 60 of 2024 and day 425 on the second year's count.
        assert_eq!([59, 60, 425].map(|age| find(age, 11).unwrap().cents), [1890, 1950, 2010]);
    }
}
