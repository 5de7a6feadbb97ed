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

    /// Prints both sides and the ratio of each pair. What disturbs the machine for longer than a pair takes disturbs both
    /// of it, so the ratios' median is what the target is held against.
    pub fn print(&self, title: &str, target: f64) {
        let pairs = self.floor.iter().zip(&self.apply);
        let ratios: Vec<f64> = pairs.map(|(floor, apply)| apply / floor).collect();
        let (Some(floor), Some(apply), Some(ratio)) = (spread(&self.floor), spread(&self.apply), spread(&ratios))
        else {
            return println!("\n{title}: not measured");
        };
        println!("\n{title}, {} pairs", ratios.len());
        println!("  {:<16}{:>10}{:>10}{:>10}", "", "median", "min", "max");
        for (name, values, unit) in [("floor", &floor, "s"), ("apply", &apply, "s"), ("ratio", &ratio, " ")] {
            let [median, min, max] = values.map(|value| format!("{value:.2} {unit}"));
            println!("  {name:<16}{median:>10}{min:>10}{max:>10}");
        }
        println!(
            "  target: at most {target} times the floor: {}",
            met(ratio[0] <= target)
        );
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
