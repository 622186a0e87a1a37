//! Values at random: the database prints what was sent, and what it sends is what it prints.

use aludel::value::{Date, DateTime, Decimal, Interval, Time, Timestamp, Uuid};
use aludel::{Auto, Mapped, Result, insert, params, select, text};

use crate::kinds::{Kinds, made};
use crate::{Db, suite};

suite![values_at_random];

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low.wrapping_add_unsigned(self.below(high.abs_diff(low) + 1))
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// The same of 32 bits.
    fn small(&mut self, low: i64, high: i64) -> i32 {
        i32::try_from(self.between(low, high)).unwrap()
    }

    /// Digits among which there are runs of zeros, as they are where groups of four end.
    fn digits(&mut self, most: u64) -> String {
        let mut digits = String::new();
        let count = self.below(most + 1);
        while u64::try_from(digits.len()).unwrap() < count {
            let run = self.below(6) + 1;
            for _ in 0..run.min(count - u64::try_from(digits.len()).unwrap()) {
                digits.push(if run > 3 { '0' } else { char::from(b'0' + self.byte() % 10) });
            }
        }
        digits
    }

    fn decimal(&mut self) -> Decimal {
        let sign = if self.below(2) == 0 { "-" } else { "" };
        let (whole, fraction) = (self.digits(35), self.digits(30));
        format!("{sign}0{whole}.{fraction}").parse().unwrap()
    }
}

/// The database prints what was sent, and what it sends is what it prints.
fn values_at_random(db: &Db) -> Result<()> {
    const COUNT: usize = 200;
    let mut conn = made(db)?;
    for setting in db.settings_of_samples() {
        conn.execute(text(*setting))?;
    }
    let mut random = Random(0x5eed);
    // Within the years 0 to 9999, or to the ends that PostgreSQL has.
    let (first, last) =
        if db.has_distant_dates() { (-2_451_000, 106_000_000) } else { (-730_000, 2_900_000) };
    let day = 86_400_000_000;
    let longest = if db.has_long_times() { i64::MAX / 2 } else { 838 * 3_600_000_000 };
    let sets: Vec<_> = (0..COUNT)
        .map(|_| {
            let mut moment = || random.between(first * day, last * day);
            let (moment, instant) = (moment(), moment());
            let (months, days) = if db.has_identity() {
                (random.small(-1_000_000, 1_000_000), random.small(-1_000_000, 1_000_000))
            } else {
                (0, 0)
            };
            let micros = random.between(-longest, longest);
            Kinds {
                id: Auto::unset(),
                price: Some(random.decimal()),
                large: Some(random.next() >> if db.has_unsigned() { 0 } else { 1 }),
                day: Some(Date::from_days(random.small(first, last))),
                time: Some(Time::from_micros(random.between(0, day)).unwrap()),
                moment: Some(DateTime::from_micros(moment)),
                instant: Some(Timestamp::from_micros(instant)),
                length: Some(Interval::new(months, days, micros)),
                uuid: Some(Uuid::from_bytes(std::array::from_fn(|_| random.byte()))),
                json: None,
            }
        })
        .collect();
    let params = sets.iter().map(|set| {
        let [price, large, day, time, moment, instant, length, uuid, _] =
            std::array::from_fn(|place| set.get(place + 1));
        params! { price: price, large: large, day: day, time: time, moment: moment,
        instant: instant, length: length, uuid: uuid }
    });
    conn.execute_many(insert::<Kinds>(), params)?;
    let found = conn.execute(select(Kinds::c).order_by(Kinds::c.id.asc()))?.all()?;
    for (found, set) in found.iter().zip(&sets) {
        let expected = Kinds { id: found.id, ..set.clone() };
        assert_eq!(*found, expected);
    }
    assert_eq!(found.len(), COUNT);
    if let Some(sql) = db.printed_kinds() {
        let printed = conn.execute(text(sql))?.all()?;
        for (printed, set) in printed.iter().zip(&sets) {
            for place in 0..8 {
                let ours = set.get(place + 1).to_text();
                assert_eq!(printed.get::<String>(place)?, ours);
            }
        }
        assert_eq!(printed.len(), COUNT);
    }
    Ok(())
}
