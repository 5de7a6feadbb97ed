//! Who else manages a field of an object, as the API server says when it refuses to change the field.

/// The field managers of kubectl itself: whoever applies what the program printed uses one of them, with `--server-side`
/// and without.
const KUBECTL: [&str; 2] = ["kubectl", "kubectl-client-side-apply"];

/// Whether every conflict of a refused apply is with kubectl itself: then the same manifests were applied by hand before,
/// and the fields that differ are fields of an older inventory. A message of the API server holds `conflict with "NAME"` or
/// `conflicts with "NAME"` for each manager (kubernetes-sigs/structured-merge-diff, `merge/conflict.go`).
pub(crate) fn of_another_route(message: &str) -> bool {
    let mut managers = ["conflict with \"", "conflicts with \""]
        .into_iter()
        .flat_map(|words| message.split(words).skip(1))
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .peekable();
    // Any other refusal has to be read by a person.
    let refusals = message.matches("rror").count();
    let conflicts = message.matches("Apply failed with").count();
    managers.peek().is_some() && refusals <= conflicts && managers.all(|manager| KUBECTL.contains(&manager))
}
