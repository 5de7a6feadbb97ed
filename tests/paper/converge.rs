//! Plans converge, for any inventory: after a cluster on paper has carried out the commands of a plan, the next plan is
//! empty; and after an interruption at any step, the next plans do the remaining steps.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::cases;
use crate::support::paper::Cluster;
use crate::support::wish::any_wish;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(16)) })]

    #[test]
    fn once_a_plan_is_carried_out_nothing_is_left_to_plan(wish in any_wish()) {
        let inventory = wish.inventory();
        let mut cluster = Cluster::blank(&inventory);
        let first = cluster.plan();
        prop_assert!(first.problems.is_empty() && first.waiting.is_empty(), "{first:#?}");
        first.steps.iter().for_each(|step| cluster.run(step));
        let second = cluster.plan();
        prop_assert!(second.is_done(), "{second:#?}");
    }

    #[test]
    fn whatever_fails_the_next_plans_finish_it(wish in any_wish(), fails in prop::collection::vec(any::<(Index, bool)>(), 1..5)) {
        let inventory = wish.inventory();
        let mut cluster = Cluster::blank(&inventory);
        for (fail, halfway) in fails {
            let plan = cluster.plan();
            prop_assert!(plan.problems.is_empty(), "{plan:#?}");
            // One step is interrupted or not even begun; those that do not need it are done all the same.
            let mut failed = vec![false; plan.steps.len()];
            for (at, step) in plan.steps.iter().enumerate() {
                let fails = at == fail.index(plan.steps.len());
                failed[at] = fails || step.needs.iter().any(|need| failed[*need]);
                match failed[at] {
                    false => cluster.run(step),
                    true if fails && halfway => cluster.interrupt(step),
                    true => {}
                }
            }
        }
        for _ in 0..3 {
            let plan = cluster.plan();
            prop_assert!(plan.problems.is_empty(), "{plan:#?}");
            plan.steps.iter().for_each(|step| cluster.run(step));
        }
        let last = cluster.plan();
        prop_assert!(last.is_done(), "{last:#?}");
    }
}
