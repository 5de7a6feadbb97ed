//! Takes steps out of a plan, and with them all steps that need them. Pure.

use super::steps::Step;

/// A step that was taken out.
pub struct Taken<W> {
    /// The step.
    pub step: Step,
    /// Why this very step was taken out; none if only because of what it needs.
    pub why: Option<W>,
    /// The place among all steps of the first step that it needs and that was taken out.
    pub lacks: Option<usize>,
}

/// The steps that stay, and the steps that are taken out: those of which `why` says why, and those that need them. Both are in
/// their former order.
pub fn parted<W>(steps: Vec<Step>, why: impl Fn(usize, &Step) -> Option<W>) -> (Vec<Step>, Vec<Taken<W>>) {
    let (mut kept, mut taken) = (Vec::new(), Vec::new());
    // The place of each step among the steps that stay; none if the step was taken out.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(steps.len());
    for (place, mut step) in steps.into_iter().enumerate() {
        let why = why(place, &step);
        let lacks = step.needs.iter().copied().find(|need| places[*need].is_none());
        places.push(match (&why, lacks) {
            (None, None) => {
                step.needs = step.needs.iter().filter_map(|need| places[*need]).collect();
                kept.push(step);
                Some(kept.len() - 1)
            }
            _ => {
                taken.push(Taken { step, why, lacks });
                None
            }
        });
    }
    (kept, taken)
}
