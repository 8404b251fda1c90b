//! What lies between the kernel and the update rule, `method_update`: twin of `src/method.rs`.

use std::fmt::Write as _;

use crate::method::Method;
use crate::schedule::Schedule;

const SIGNATURE: &str = "fn method_update(updates: f32, row: ptr<function, Row>, hyper: ptr<function, Hyper>, state: ptr<function, State>, \
                         x: ptr<function, Point>, gradient: ptr<function, Point>) {\n";

/// `method_update` of `method`, and where the schedule's numbers begin.
pub(super) fn emit(method: &Method) -> String {
    let [transforms, warmup, schedule] = method.places();
    let mut text = String::from("// Has the rule move x, after so many updates, given the gradient there.\n");
    if method.is_plain() {
        let exact_rate = if method.searches() { "loss_exact_rate(row, gradient)" } else { "0.0" };
        let _ = writeln!(text, "{SIGNATURE}    optimizer_update(Moment(updates, {exact_rate}), hyper, state, x, gradient);\n}}");
        return text;
    }
    if !method.is_steady() {
        text.insert_str(0, &format!("const SCHEDULE = {schedule}u;\n\n"));
    }
    text += SIGNATURE;
    text += "    var prepared = *hyper;\n    var changed = *gradient;\n";
    for (number, transform) in method.transforms().enumerate() {
        let _ = writeln!(text, "    transform_{}(prepared[{}u], x, &changed);", transform.hyperparameter().name, transforms + number);
    }
    if method.warms_up() {
        let _ = writeln!(text, "    let warmup = prepared[{warmup}u];");
        text += "    let time = select(0.0, updates - warmup, warmup <= updates);\n\
                 \x20   let share = select((updates + 1.0) / (warmup + 1.0), 1.0, warmup <= updates);\n\
                 \x20   prepared[0] = share * schedule_rate(prepared[0], time, &prepared);\n";
    } else if method.schedule() != Schedule::Constant {
        text += "    prepared[0] = schedule_rate(prepared[0], updates, &prepared);\n";
    }
    text += "    optimizer_update(Moment(updates, 0.0), &prepared, state, x, &changed);\n}\n";
    text
}
