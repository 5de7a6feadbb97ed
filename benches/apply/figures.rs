//! Times, in pairs, and how they are told.

use std::time::Duration;

/// Times measured one right after the other: the floor, and `apply`.
#[derive(Default)]
pub struct Pairs {
    floor: Vec<f64>,
    apply: Vec<f64>,
}

impl Pairs {
    /// Adds a pair.
    pub fn push(&mut self, floor: Duration, apply: Duration) {
        self.floor.push(floor.as_secs_f64());
        self.apply.push(apply.as_secs_f64());
    }

    /// Prints both sides and the ratio of each pair. What disturbs the machine disturbs both of a pair about as much, so
    /// the ratio's median is what the target is held against.
    pub fn print(&self, title: &str, target: f64) {
        let ratios: Vec<f64> = self
            .floor
            .iter()
            .zip(&self.apply)
            .map(|(floor, apply)| apply / floor)
            .collect();
        let Some([ratio, ..]) = spread(&ratios) else {
            return println!("\n{title}: not measured");
        };
        println!(
            "\n{title} ({} pairs){:>13}{:>9}{:>9}",
            ratios.len(),
            "median",
            "min",
            "max"
        );
        for (name, values, unit) in [
            ("floor", &self.floor, " s"),
            ("apply", &self.apply, " s"),
            ("ratio", &ratios, "  "),
        ] {
            if let Some([median, min, max]) = spread(values) {
                println!("  {name:<36}{median:>7.2}{unit}{min:>7.2}{unit}{max:>7.2}{unit}");
            }
        }
        println!("  target: at most {target} times the floor: {}", met(ratio <= target));
    }
}

/// A target's fate, in a word.
pub fn met(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}

/// Median, smallest, largest.
fn spread(values: &[f64]) -> Option<[f64; 3]> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let middle = sorted.len() / 2;
    let median = match sorted.len() % 2 {
        1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    };
    Some([median, min, max])
}
